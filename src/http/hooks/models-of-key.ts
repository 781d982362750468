import { ServerError } from '../../core/errors.ts'
import type { ModelEntry, ModelKind } from '../../core/model.ts'
import type { ModelRegistry } from '../../models/registry.ts'
import type { ApiKey } from '../../store/api-keys.ts'

/**
 * The models that a key may use, as a registry: whatever a route asks for by name is one of them, or is refused with
 * `key_not_allowed`; the default of a kind is the first of them where it is none. Models that are not there and were not allowed by
 * name are refused alike, so that nobody finds out by trying which others there are.
 */
export function modelsOfKey<Registry extends ModelRegistry>(
  registry: Registry,
  { name: key, models }: ApiKey,
): Registry {
  if (!models) return registry
  const allowed: ReadonlySet<string> = new Set(models)
  const isAllowed = ({ id, aliases }: Pick<ModelEntry, 'id' | 'aliases'>) =>
    allowed.has(id) || aliases.some((alias) => allowed.has(alias))
  const refused = (model: string | undefined) => {
    const found = model === undefined ? 'the request names none' : `not '${model}'`
    return new ServerError('key_not_allowed', {
      param: 'model',
      key,
      problem: `it may use ${models.join(', ')}, ${found}`,
    })
  }
  // Where the default of all cannot be had the key may have another one all the same.
  const defaultOf = async (kind: ModelKind) => {
    const entry = await registry.find(undefined, kind).catch((error: unknown) => {
      if (!(error instanceof ServerError)) throw error
    })
    if (entry && isAllowed(entry)) return entry
    const other = (await registry.list()).find((each) => each.kind === kind && isAllowed(each))
    if (!other) throw refused(undefined)
    return other
  }
  return {
    ...registry,
    list: async () => (await registry.list()).filter(isAllowed),
    configured: async () => (await registry.configured()).filter(isAllowed),
    problems: async () => (await registry.problems()).filter(({ id }) => allowed.has(id)),
    async find(name, kind) {
      if (name === undefined) return defaultOf(kind)
      const entry = await registry.find(name, kind).catch((error: unknown) => {
        if (!(error instanceof ServerError)) throw error
        throw allowed.has(name) ? withoutHint(error, name) : refused(name)
      })
      if (!isAllowed(entry)) throw refused(name)
      return entry
    },
  }
}

/** The nearest name may be that of a model which the key may not use. */
const withoutHint = (error: ServerError, model: string): ServerError =>
  error.code === 'model_not_found' ? new ServerError('model_not_found', { param: 'model', model }) : error
