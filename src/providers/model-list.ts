import { isGroup } from '../core/is-group.ts'
import type { UpstreamModel } from '../core/provider.ts'

/** Models of one provider that are taken at most. */
const mostModels = 10_000
/** Letters of a name that are taken at most. */
const longestName = 256

export interface ModelNames {
  readonly provider: string
  /** Names here, and what the provider calls them. */
  readonly models: readonly (readonly [here: string, there: string])[]
  readonly hasOnlyThese: boolean
}

/** What the provider said of its models, made harmless. */
export interface ReadModels {
  readonly models: readonly UpstreamModel[]
  /** Entries that are no models, or more than are taken. */
  readonly dropped: number
}

/**
 * The models of a provider under their names here: those of the configuration first, whatever the provider says, then the others.
 * `answer`: what GET /models gave, as it came; undefined where nobody asked or nobody answered. Pure.
 */
export function readModels(answer: unknown, { provider, models: named, hasOnlyThese }: ModelNames): ReadModels {
  const { entries, dropped } = entriesOf(answer)
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const renamed = new Set(named.map(([, there]) => there))
  const own = named.map(([here, there]) => toModel(byName.get(there) ?? { name: there, said: {} }, { here, provider }))
  const taken = new Set(named.map(([here]) => here))
  const others = hasOnlyThese
    ? []
    : [...byName.values()]
        .filter(({ name }) => !renamed.has(name) && !taken.has(name))
        .map((entry) => toModel(entry, { here: entry.name, provider }))
  return { models: [...own, ...others], dropped }
}

interface Entry {
  readonly name: string
  readonly said: Readonly<Record<string, unknown>>
}

/** Whether an answer is a list of models at all. Ollama says null where it has none. Pure. */
export const isModelList = (answer: unknown): boolean => Array.isArray(answer) || innerOf(answer) !== undefined

/** OpenAI's `{data: […]}`, or the list alone; entries are groups with an `id`, or names alone. */
function entriesOf(answer: unknown): { entries: readonly Entry[]; dropped: number } {
  const inner = innerOf(answer) ?? answer
  const list = Array.isArray(inner) ? inner : []
  const entries = list.slice(0, mostModels).flatMap((each): Entry[] => {
    const said = isGroup(each) ? each : {}
    const name = typeof each === 'string' ? each : (said.id ?? said.name)
    return isName(name) ? [{ name, said }] : []
  })
  return { entries, dropped: list.length - entries.length }
}

const innerOf = (answer: unknown): unknown =>
  isGroup(answer) ? (answer.data ?? answer.models ?? ('data' in answer ? null : undefined)) : undefined

/** What can be told to clients, written into logs, and asked for again. */
const isName = (name: unknown): name is string =>
  typeof name === 'string' &&
  name.length <= longestName &&
  name.trim() === name &&
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+$/u.test(name)

function toModel({ name, said }: Entry, { here, provider }: { here: string; provider: string }): UpstreamModel {
  const { created } = said
  const isTime = typeof created === 'number' && Number.isFinite(created) && created >= 0 && created < 1e11
  return {
    id: `${provider}/${here}`,
    upstreamId: name,
    provider,
    ...(isTime && { createdSeconds: created }),
    said,
  }
}
