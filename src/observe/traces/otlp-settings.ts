/** How traces are made and where they go, by OpenTelemetry's specification of environment variables. */
export interface OtlpSettings {
  /** The address that spans are posted to. */
  readonly url: string
  /** Secrets may be among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly isCompressed: boolean
  readonly timeoutMilliseconds: number
  /** Attributes of the resource, the name of the service among them. */
  readonly resource: Readonly<Record<string, string>>
  readonly sampler: { readonly name: SamplerName; readonly ratio: number }
}

export const samplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const
export type SamplerName = (typeof samplerNames)[number]

/** What is known of the configuration, as it was written. */
export interface OtlpSources {
  /** The option `otlp_endpoint`; absent or empty: none. */
  readonly endpoint: string | undefined
  /** Variables whose names begin with OTEL_. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly version: string
}

/**
 * Reads the settings, and says what is wrong with them, a sentence each, never with a value that may be secret. No settings:
 * no traces are made.
 */
export function readOtlpSettings({ endpoint, variables, version }: OtlpSources): {
  readonly settings?: OtlpSettings
  readonly problems: readonly string[]
} {
  const problems: string[] = []
  const read = (name: string) =>
    variables[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || variables[`OTEL_EXPORTER_OTLP_${name}`]
  const own = variables.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
  if (!(own || endpoint) || isTrue(variables.OTEL_SDK_DISABLED) || variables.OTEL_TRACES_EXPORTER === 'none')
    return { problems }
  const url = own ? own : traceAddress(endpoint ?? '')
  if (!isWebAddress(url)) {
    const name = own ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'otlp_endpoint'
    return { problems: [`${name} is no address as http://127.0.0.1:4318: no traces are sent`] }
  }
  const protocol = read('PROTOCOL') ?? 'http/json'
  if (protocol !== 'http/json')
    problems.push(`OTEL_EXPORTER_OTLP_PROTOCOL is ${JSON.stringify(protocol)}, and traces are sent as http/json`)
  const headers = pairs(
    'OTEL_EXPORTER_OTLP_HEADERS',
    [variables.OTEL_EXPORTER_OTLP_HEADERS, variables.OTEL_EXPORTER_OTLP_TRACES_HEADERS],
    problems,
  )
  const resource = pairs('OTEL_RESOURCE_ATTRIBUTES', [variables.OTEL_RESOURCE_ATTRIBUTES], problems)
  const timeout = Number(read('TIMEOUT') ?? 10_000)
  const settings: OtlpSettings = {
    url,
    headers,
    isCompressed: read('COMPRESSION') === 'gzip',
    timeoutMilliseconds: timeout > 0 ? timeout : 10_000,
    resource: {
      'service.name': 'hearth',
      'service.version': version,
      ...resource,
      ...(variables.OTEL_SERVICE_NAME && { 'service.name': variables.OTEL_SERVICE_NAME }),
    },
    sampler: samplerOf(variables, problems),
  }
  return { settings, problems }
}

const isTrue = (text: string | undefined) => text?.trim().toLowerCase() === 'true'

/** The path of traces behind that of the endpoint, as the specification has it. */
function traceAddress(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint
  const url = new URL(endpoint)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`
  return url.href
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** `name=value,name=value`, both percent-encoded; later ones go first. */
function pairs(variable: string, texts: readonly (string | undefined)[], problems: string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const part of texts.flatMap((text) => (text ?? '').split(',')).filter((text) => text.trim() !== '')) {
    const at = part.indexOf('=')
    const name = decoded(part.slice(0, Math.max(0, at)).trim())
    const value = decoded(part.slice(at + 1).trim())
    if (at < 1 || name === undefined || value === undefined)
      problems.push(`a part of ${variable} is not written as name=value and is left out`)
    else found[name] = value
  }
  return found
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function samplerOf(variables: OtlpSources['variables'], problems: string[]): OtlpSettings['sampler'] {
  const { OTEL_TRACES_SAMPLER: wanted = '', OTEL_TRACES_SAMPLER_ARG: argument = '' } = variables
  const name = samplerNames.find((known) => known === wanted.trim())
  if (!name && wanted !== '')
    problems.push(
      `OTEL_TRACES_SAMPLER is none of ${samplerNames.join(', ')}: every trace is sent that its caller has not left out`,
    )
  const ratio = argument.trim() === '' ? 1 : Number(argument)
  const isRatio = ratio >= 0 && ratio <= 1
  if (!isRatio) problems.push('OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1: it is taken as 1')
  return { name: name ?? 'parentbased_always_on', ratio: isRatio ? ratio : 1 }
}
