import type { Config, ProviderSection } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { type ProviderVariables, providerVariables } from './config/provider-variables.ts'
import type { Live } from './core/live.ts'
import type { Providers } from './core/provider.ts'
import { presetNames } from './core/provider-names.ts'
import type { Log } from './observe/log.ts'
import { proxyFor } from './platform/proxy.ts'
import { createProviders, type ProvidersPlan } from './providers/create-providers.ts'
import { type KeyPlace, type ProviderWish, settingsOf } from './providers/settings.ts'

interface ProvidersInput {
  /** `providers` and `fallbacks` may change while the server runs. */
  readonly config: Live<Config>
  readonly environment: Environment
  readonly log: Log
}

/** The other servers that requests can be handed on to, as the configuration has them at any time. */
export function composeProviders({ config, environment, log }: ProvidersInput): Providers {
  const providers = createProviders({
    plan: providersPlan(config.current, environment),
    log,
    proxyFor: (url) => proxyFor(url, environment.variables),
  })
  const listening = config.onChange((now, before) => {
    if (now.providers === before.providers && now.fallbacks === before.fallbacks) return
    providers.change(providersPlan(now, environment))
  })
  return {
    list: () => providers.list(),
    find: (name) => providers.find(name),
    get hasFallbacks() {
      return providers.hasFallbacks === true
    },
    fallbacksOf: (model) => providers.fallbacksOf(model),
    [Symbol.dispose]() {
      listening[Symbol.dispose]()
      providers[Symbol.dispose]()
    },
  }
}

/** The providers of a configuration, without anybody who looks at them: for whoever tells what is configured. */
export function providersAtRest(
  config: Pick<Config, 'providers' | 'fallbacks'>,
  { environment, log }: Omit<ProvidersInput, 'config'>,
): Providers {
  const plan = providersPlan(config, environment)
  const providers = plan.providers.map(({ health: _, ...settings }) => settings)
  return createProviders({ plan: { ...plan, providers }, log, proxyFor: () => undefined })
}

/** What the configuration and the variables say of providers. It holds secrets. Pure. */
export function providersPlan(
  config: Pick<Config, 'providers' | 'fallbacks'>,
  environment: Environment,
): ProvidersPlan {
  const names = new Set([...presetNames, ...config.providers.map(({ name }) => name)])
  const wishes = [...names].map((name) =>
    wishOf(name, { section: config.providers.find((each) => each.name === name), environment }),
  )
  return { providers: wishes.map(settingsOf), fallbacks: config.fallbacks }
}

interface WishParts {
  readonly section: ProviderSection | undefined
  readonly environment: Environment
}

/** Variables go over the file, as they do everywhere. */
function wishOf(name: string, { section, environment }: WishParts): ProviderWish {
  const variables = providerVariables(environment, name, section?.api_key_env)
  const urls = section?.base_url
  const addresses = variables.addresses?.urls ?? (typeof urls === 'string' ? [urls] : urls)
  return given({
    name,
    isConfigured: section !== undefined || variables.addresses !== undefined || variables.apiKey !== undefined,
    isListed: section?.listed,
    addresses,
    key: keyPlace(section, variables.apiKey),
    keyHeader: section?.api_key_header,
    headers: section?.headers,
    models: section?.models,
    hasOnlyThese: section?.only_models,
    abilities: section?.abilities,
    tellsStreamUsage: section?.stream_usage,
    connectSeconds: section?.connect_seconds,
    firstByteSeconds: section?.first_byte_seconds,
    idleSeconds: section?.idle_seconds,
    retries: section?.retries,
    balance: section?.balance,
    healthPath: section?.health_path,
    healthSeconds: section?.health_seconds,
  })
}

function keyPlace(section: ProviderSection | undefined, found: ProviderVariables['apiKey']): KeyPlace {
  if (section?.api_key_file !== undefined) return { type: 'file', path: section.api_key_file }
  if (found) return { type: 'value', ...found }
  const variable = section?.api_key_env
  return variable === undefined ? { type: 'none' } : { type: 'unset', variable }
}

type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
