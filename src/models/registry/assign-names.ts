import { basename } from 'node:path'
import type { ModelFile } from '../model-file.ts'
import type { Candidate } from './candidates.ts'
import { looseName, type NameTable } from './name-table.ts'

/** A model whose head could be read. */
export interface UsableModel {
  readonly candidate: Candidate
  readonly file: ModelFile
  /** The same for two paths that lead to one file. */
  readonly identity?: string
}

/** Who is called what. */
export interface AssignedNames {
  /** Ids, in the order of the models. */
  readonly ids: ReadonlyMap<UsableModel, string>
  /** Models that are another one over again: their names are names of that one. */
  readonly twins: ReadonlyMap<UsableModel, UsableModel>
  /** Models for which no name is left. */
  readonly nameless: readonly UsableModel[]
}

/**
 * Gives every model an id, and enters it. What the settings name and what lies in the models folder itself keeps its own; of
 * all others those that would be called the same get longer names, every one of them, so that it does not depend on the order
 * of folders who is meant by the short one for long. So does what is called by a name that people gave to another model.
 */
export function assignNames(
  usable: readonly UsableModel[],
  names: NameTable,
  given: ReadonlyMap<string, UsableModel>,
): AssignedNames {
  const twins = findTwins(usable)
  const single = usable.filter((model) => !twins.has(model))
  const [fixed, flexible] = [single.filter(isFixed), single.filter((model) => !isFixed(model))]
  const counts = Map.groupBy(flexible, ({ candidate }) => looseName(candidate.id))
  const owners = new Map([...given].map(([alias, model]) => [looseName(alias), twins.get(model) ?? model]))
  const ids = new Map<UsableModel, string>()
  const nameless: UsableModel[] = []
  for (const model of fixed) {
    if (names.add(model.candidate.id)) ids.set(model, model.candidate.id)
    else nameless.push(model)
  }
  for (const model of flexible) {
    const { id } = model.candidate
    const isShared = (counts.get(looseName(id))?.length ?? 0) > 1
    const isGiven = (owners.get(looseName(id)) ?? model) !== model
    const free = (isShared || isGiven ? [] : [id]).concat(longIds(model)).find((each) => !names.has(each))
    if (free === undefined) nameless.push(model)
    else if (names.add(free)) ids.set(model, free)
  }
  return { ids, twins, nameless }
}

const isFixed = ({ candidate }: UsableModel) => candidate.longId === undefined

/** What it is called where it may not have its short name, the first that is free. */
export function longIds({ candidate: { longId, store, root = '' } }: UsableModel): readonly string[] {
  return longId === undefined ? [] : [longId, `${store ?? basename(root)}/${longId}`]
}

/** One file under two paths, and one file of a repository that two programs have fetched. A setting stands for itself. */
function findTwins(usable: readonly UsableModel[]): ReadonlyMap<UsableModel, UsableModel> {
  const first = new Map<string, UsableModel>()
  const twins = new Map<UsableModel, UsableModel>()
  for (const model of usable) {
    const keys = keysOf(model)
    const twin = isSetting(model) ? undefined : keys.map((key) => first.get(key)).find((each) => each !== undefined)
    if (twin) twins.set(model, twin)
    for (const key of keys) if (!first.has(key)) first.set(key, twin ?? model)
  }
  return twins
}

const isSetting = ({ candidate: { setting } }: UsableModel) => Object.keys(setting).length > 0

function keysOf({ candidate, file, identity }: UsableModel): readonly string[] {
  const { repository, load, defaults } = candidate
  // What runs otherwise is another model, though it is the same file.
  const manner = JSON.stringify([load, defaults])
  return [
    ...(identity === undefined ? [] : [`${identity} ${manner}`]),
    ...(repository ? [`${repository.name}/${repository.file} ${file.fileBytes} ${manner}`.toLowerCase()] : []),
  ]
}
