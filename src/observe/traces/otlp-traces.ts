import type { Context, Span, Tracer } from '@opentelemetry/api'
import type { Sampler } from '@opentelemetry/sdk-trace'
import type { Log } from '../log.ts'
import { BoundedSpans, mostWaitingSpans } from './bounded-spans.ts'
import type { OtlpSettings } from './otlp-settings.ts'
import type { OpenPart, RequestTrace, SpanFacts, SpanPart, TracedCall, Traces } from './traces.ts'

/** What stopping waits for a collector. */
const closingMilliseconds = 3000
const batchMilliseconds = 2000

/** Loads OpenTelemetry's SDK, and makes traces that go to the collector of the settings. */
export async function createOtlpTraces(settings: OtlpSettings, log: Log): Promise<Traces> {
  const modules = await loadSdk()
  const [api, , core] = modules
  const spans = new BoundedSpans(log)
  const provider = providerOf(settings, spans, modules)
  const tracer = provider.getTracer('hearth', settings.resource['service.version'])
  const parentOf = ({ traceparent, tracestate }: TracedCall): Context => {
    const parent = traceparent === null ? null : core.parseTraceParent(traceparent)
    if (!parent) return api.ROOT_CONTEXT
    const state = tracestate === null ? {} : { traceState: new core.TraceState(tracestate) }
    return api.trace.setSpanContext(api.ROOT_CONTEXT, { ...parent, ...state, isRemote: true })
  }
  return {
    begin(call) {
      const offset = Date.now() - performance.now()
      const parent = parentOf(call)
      const options = { kind: api.SpanKind.SERVER, startTime: offset + call.began, attributes: known(call.facts) }
      const span = tracer.startSpan('request', options, parent)
      const within: TraceParts['within'] = (context, inner) => api.trace.setSpan(context, inner)
      return new OtlpRequestTrace({ span, tracer, offset, within, context: within(parent, span) })
    },
    counts: () => spans.counts(),
    async close() {
      // A collector that does not answer holds nobody up.
      const patience = new Promise<void>((resolve) => setTimeout(resolve, closingMilliseconds).unref?.())
      // It rejects as soon as one batch is refused, and others may be on their way.
      const sent = provider.shutdown().then(
        () => {},
        () => spans.settled(),
      )
      await Promise.race([sent, patience])
    },
  }
}

const loadSdk = () =>
  Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ])

type Modules = Awaited<ReturnType<typeof loadSdk>>

/** From spans to what is posted: the guard, batches, the exporter. */
function providerOf(settings: OtlpSettings, spans: BoundedSpans, [, sdk, , resources, { OTLPTraceExporter }]: Modules) {
  const exporter = new OTLPTraceExporter({
    url: settings.url,
    headers: { ...settings.headers },
    timeoutMillis: settings.timeoutMilliseconds,
    compression: (settings.isCompressed ? 'gzip' : 'none') as never,
  })
  const batches = new sdk.BatchSpanProcessor({
    exporter: spans.watch(exporter),
    maxQueueSize: mostWaitingSpans,
    maxExportBatchSize: 512,
    scheduledDelayMillis: batchMilliseconds,
  })
  return new sdk.TracerProvider({
    resource: resources.resourceFromAttributes(settings.resource),
    sampler: samplerOf(settings.sampler, sdk),
    spanProcessors: [spans.guard(batches)],
  })
}

type Sdk = typeof import('@opentelemetry/sdk-trace')

function samplerOf({ name, ratio }: OtlpSettings['sampler'], sdk: Sdk): Sampler {
  const root = name.endsWith('traceidratio')
    ? new sdk.TraceIdRatioBasedSampler(ratio)
    : name.endsWith('always_off')
      ? new sdk.AlwaysOffSampler()
      : new sdk.AlwaysOnSampler()
  return name.startsWith('parentbased_') ? new sdk.ParentBasedSampler({ root }) : root
}

/** SpanKind and SpanStatusCode of OpenTelemetry's API. */
const kinds = { internal: 0, client: 2 } as const
const statusError = 2

interface TraceParts {
  readonly span: Span
  readonly tracer: Tracer
  readonly context: Context
  within(context: Context, span: Span): Context
  /** Milliseconds since 1970 at which `performance.now()` was 0. */
  readonly offset: number
}

class OtlpRequestTrace implements RequestTrace {
  readonly traceId: string
  readonly isSampled: boolean
  readonly #parts: TraceParts
  #isOver = false

  constructor(parts: TraceParts) {
    this.#parts = parts
    const { traceId, traceFlags } = parts.span.spanContext()
    this.traceId = traceId
    this.isSampled = (traceFlags & 1) === 1
  }

  tell(part: SpanPart): void {
    if (this.isSampled) this.#tell(part, this.#parts.context)
  }

  open({ name, began, facts }: Parameters<RequestTrace['open']>[0]): OpenPart {
    const { tracer, offset, context } = this.#parts
    const how = { kind: kinds.client, startTime: offset + began, attributes: known(facts) }
    const span = tracer.startSpan(name, how, context)
    let isOver = false
    return {
      headers: headersOf(span),
      end(result) {
        if (isOver) return
        isOver = true
        span.setAttributes(known(result.facts))
        fail(span, result.error)
        span.end(offset + Math.max(began, result.ended))
      },
    }
  }

  end({ name, ended, facts, error }: Parameters<RequestTrace['end']>[0]): void {
    if (this.#isOver) return
    this.#isOver = true
    const { span, offset } = this.#parts
    span.updateName(name)
    span.setAttributes(known(facts))
    fail(span, error)
    span.end(offset + ended)
  }

  #tell({ name, kind = 'internal', began, ended, facts, error, parts = [] }: SpanPart, context: Context): void {
    const { tracer, offset } = this.#parts
    const how = { kind: kinds[kind], startTime: offset + began, attributes: known(facts) }
    const span = tracer.startSpan(name, how, context)
    const inner = parts.length > 0 ? this.#parts.within(context, span) : context
    for (const part of parts) this.#tell(part, inner)
    fail(span, error)
    span.end(offset + Math.max(began, ended))
  }
}

/** By W3C's Trace Context. */
function headersOf(span: Span): OpenPart['headers'] {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  const tracestate = traceState?.serialize()
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    ...(tracestate && { tracestate }),
  }
}

function fail(span: Span, error: string | undefined): void {
  if (error === undefined) return
  span.setAttribute('error.type', error)
  span.setStatus({ code: statusError })
}

const known = (facts: SpanFacts) =>
  Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? [...value] : (value as string)]],
    ),
  )
