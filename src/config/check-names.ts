import { checkProviders } from './check-providers.ts'
import { entriesOf, isText, type ValueProblem } from './check-value.ts'

/** What schemas cannot say: an entry of `models:` needs a name or a file, and no two entries answer to one name. */
export function checkNames(values: Readonly<Record<string, unknown>>): ValueProblem[] {
  return [
    ...checkModels(entriesOf(values.models, named)),
    ...repeated(entriesOf(values.catalog, named).flatMap(namesIn('catalog'))),
    ...checkProviders(values),
  ]
}

function checkModels(models: readonly Record<string, unknown>[]): ValueProblem[] {
  const nameless = models.flatMap(({ id, path }, place) =>
    isText(id) || isText(path)
      ? []
      : [{ path: ['models', place], message: "this entry needs 'id' (a name) or 'path' (a GGUF file), or both" }],
  )
  return [...nameless, ...repeated(models.flatMap(namesIn('models')))]
}

interface UsedName {
  readonly name: string
  readonly path: ValueProblem['path']
}

const namesIn =
  (list: string) =>
  ({ id, aliases }: Record<string, unknown>, place: number): UsedName[] => [
    ...(isText(id) ? [{ name: id, path: [list, place, 'id'] }] : []),
    ...(Array.isArray(aliases) ? aliases : []).map((name, at) => ({ name, path: [list, place, 'aliases', at] })),
  ]

function repeated(names: readonly UsedName[]): ValueProblem[] {
  const first = new Map<string, UsedName>()
  return names.flatMap((used) => {
    const before = first.get(used.name)
    first.set(used.name, before ?? used)
    return before ? [{ path: used.path, message: `the name '${used.name}' is taken by an entry above` }] : []
  })
}

/** Nobody misses a name where there is no group: that is told already. */
const named = { id: '?' }
