import type { Provider, Providers } from '../../core/provider.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import { refuse } from '../define-route.ts'
import type { Services } from '../services.ts'
import { isLocalName } from './local-names.ts'

/** A model of a provider, as requests name it. */
export interface UpstreamName {
  readonly provider: Provider
  /** `provider/model`. */
  readonly id: string
  /** What stands behind the slash. */
  readonly name: string
}

/** Characters of the longest name that is passed on: it stands in headers, lists and the log. */
const longestName = 512

/** The model of a provider that a request means, or undefined where it means one of this machine. Those go first. */
export async function findUpstream(
  model: unknown,
  services: Pick<Services, 'models' | 'providers'>,
): Promise<UpstreamName | undefined> {
  const found = splitName(model, services.providers)
  return found && !(await isLocalName(found.id, services.models)) ? found : undefined
}

/** A name with a provider that there is in front of its first slash. */
export function splitName(model: unknown, providers: Pick<Providers, 'find'>): UpstreamName | undefined {
  if (typeof model !== 'string') return undefined
  const slash = model.indexOf('/')
  if (slash < 1 || slash === model.length - 1) return undefined
  const provider = providers.find(model.slice(0, slash))
  return provider && { provider, id: model, name: model.slice(slash + 1) }
}

/**
 * What the provider calls the model. Throws `key_not_allowed` where the key may not use it, and `upstream_model_not_found`
 * where the configuration keeps it from being used.
 */
export function upstreamNameOf({ provider, id, name }: UpstreamName, key: ApiKey | undefined): string {
  if (!mayUse(id, key)) throw notAllowed(`not '${id.slice(0, longestName)}'`, key)
  if (name.length > longestName)
    throw refuse('invalid_parameter', { param: 'model', problem: `it has more than ${longestName} characters` })
  const upstream = provider.upstreamName(name)
  if (upstream !== undefined) return upstream
  const problem = 'it is not among the models that its configuration names, and only those may be used.'
  throw refuse('upstream_model_not_found', { provider: provider.name, problem, param: 'model', model: name })
}

/** Whether a key may use `provider/model`: it has no list, or its list has that name or `provider/*`. */
export function mayUse(id: string, key: Pick<ApiKey, 'models'> | undefined): boolean {
  const { models } = key ?? {}
  return !models || models.includes(id) || models.includes(`${id.slice(0, id.indexOf('/'))}/*`)
}

/** Throws `key_not_allowed` for a key that may use some models only: what is asked for is about none that could be looked up. */
export function refuseHeldKey(key: ApiKey | undefined, what: string): void {
  if (key?.models) throw notAllowed(what, key)
}

const notAllowed = (found: string, key: ApiKey | undefined) =>
  refuse('key_not_allowed', {
    param: 'model',
    key: key?.name ?? '',
    problem: `it may use ${key?.models?.join(', ')}, ${found}`,
  })
