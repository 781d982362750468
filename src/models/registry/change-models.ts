import { messageOf, ServerError } from '../../core/errors.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { ModelChanges, RemovedModel } from '../registry.ts'
import type { AliasFile } from './alias-file.ts'
import type { Snapshot } from './build-snapshot.ts'
import type { Candidate } from './candidates.ts'
import { aliasProblem, ownerOfName } from './check-alias.ts'
import { entryOf, explain, unusableId } from './find-entry.ts'
import { listRegistered } from './list-registered.ts'
import type { Looker } from './looker.ts'
import { looseName, plainNames } from './name-table.ts'
import type { RegistryOptions } from './registry-options.ts'
import { checkPlace, isInside, removeFiles } from './remove-files.ts'
import type { RuntimeChanges } from './runtime-changes.ts'

/** What the changes of models work on. */
interface Parts {
  readonly options: RegistryOptions
  readonly aliases: AliasFile
  readonly looker: Looker
  readonly changes: RuntimeChanges
  /** The entries of a snapshot, in the order in which they are listed. */
  listOf(snapshot: Snapshot): readonly ModelEntry[]
}

/** The part of the registry that changes things. */
export function changeModels(parts: Parts): ModelChanges {
  const { options, looker, changes, listOf } = parts
  const find = (name: string) => findUsable(name, parts)
  return {
    async registered() {
      const snapshot = await looker.look()
      return listRegistered({ entries: listOf(snapshot), snapshot, catalog: options.catalog })
    },
    async configure(name, change) {
      const { entry } = await find(name)
      changes.configure(entry.id, change)
      return changes.apply(entry)
    },
    async reset(name) {
      const { entry } = await find(name)
      changes.reset(entry.id)
      return changes.apply(entry)
    },
    async configureAll(defaults) {
      changes.configureAll(defaults)
      return changes.defaultsOver(options.defaults.generation)
    },
    async select(name) {
      const { entry } = await find(name)
      changes.select(entry.kind, entry.id)
      return changes.apply(entry)
    },
    addAlias: (alias, name) => addAlias(alias, name, parts),
    removal: async (name) => {
      const { id, alias } = await lookForRemoval(name, parts)
      return { id, isNameOnly: alias !== undefined }
    },
    remove: (name) => remove(name, parts),
    forget: () => looker.forget(),
  }
}

async function findUsable(
  name: string,
  { looker, options }: Parts,
): Promise<{ snapshot: Snapshot; entry: ModelEntry }> {
  const snapshot = await looker.look()
  const entry = entryOf(snapshot, name)
  if (!entry) throw explain(name, snapshot, options.catalog)
  return { snapshot, entry }
}

async function addAlias(alias: string, name: string, parts: Parts): Promise<ModelEntry> {
  const { options, aliases, looker, changes } = parts
  const { snapshot, entry } = await findUsable(name, parts)
  const problem = aliasProblem(alias)
  if (problem) throw new ServerError('invalid_parameter', { param: 'name', problem })
  const owner = ownerOfName(alias, snapshot, options.catalog)
  if (owner !== undefined && owner !== entry.id)
    throw new ServerError('name_taken', { param: 'name', name: alias, model: owner })
  if (owner === undefined) await aliases.add(alias, lastingName(entry.id, snapshot))
  looker.forget()
  return changes.apply((await findUsable(alias, parts)).entry)
}

/** What is meant to go: a name that was given, or else the files of a model of ours. Rejects as `remove`. */
async function lookForRemoval(name: string, { options, looker }: Parts) {
  looker.forget()
  const snapshot = await looker.look()
  const id = snapshot.names.idOf(name) ?? unusableId(snapshot, name)
  const alias = givenAlias(name, id, snapshot)
  if (alias !== undefined)
    return { snapshot, alias, id: snapshot.givenIds.get(alias) ?? snapshot.givenAliases[alias] ?? name, path: '' }
  const candidate = id === undefined ? undefined : snapshot.candidates.get(id)
  if (id === undefined || !candidate || snapshot.notInstalled.has(id)) throw explain(name, snapshot, options.catalog)
  const { path } = candidate
  const owner = ownerOf(candidate, options)
  if (owner !== undefined) throw new ServerError('model_not_ours', { param: 'model', model: id, path, owner })
  await checkPlace({ id, path, modelsDir: options.modelsDir })
  return { snapshot, alias: undefined, id, path }
}

async function remove(name: string, parts: Parts): Promise<RemovedModel> {
  const { options, aliases, looker, changes } = parts
  try {
    const { snapshot, alias, id, path } = await lookForRemoval(name, parts)
    if (alias !== undefined) {
      await aliases.remove((each) => each === alias)
      return { id, paths: [], freedBytes: 0 }
    }
    const removed = await removeFiles({ id, path, modelsDir: options.modelsDir })
    if (removed.paths.length === 0) throw explain(name, snapshot, options.catalog)
    changes.forget(id)
    await forgetAliases(id, snapshot, parts)
    return { id, ...removed }
  } finally {
    looker.forget()
  }
}

/** A short name may be another model's one day: what it stands for is what is written down. */
function lastingName(id: string, { candidates }: Snapshot): string {
  const candidate = candidates.get(id)
  return candidate?.id === id ? (candidate.longId ?? id) : id
}

/** Names of a model that is gone. Its files are gone whatever becomes of them, and a name of nothing harms nobody. */
async function forgetAliases(id: string, { givenIds }: Snapshot, { aliases, options }: Parts): Promise<void> {
  try {
    await aliases.remove((alias, each) => (givenIds.get(alias) ?? each) === id)
  } catch (error) {
    options.log.warn(`The names that were given to '${id}' could not be taken away: ${messageOf(error)}`)
  }
}

/**
 * The name that was given for good, where that is what is meant: it names nothing now, or it is by this name that the model
 * is found. Whoever takes away a name, in whatever spelling, must not lose the model.
 */
function givenAlias(name: string, id: string | undefined, snapshot: Snapshot): string | undefined {
  const { names, givenAliases, givenIds } = snapshot
  if (id !== undefined) {
    const meant = names.meant(name)
    return meant && meant.name !== id && givenIds.get(meant.name) === id ? meant.name : undefined
  }
  const wanted = new Set(name.length > 1000 ? [] : plainNames(name).map(looseName))
  return Object.keys(givenAliases).find((each) => wanted.has(looseName(each)))
}

const programs = { ollama: 'Ollama', 'lm-studio': 'LM Studio', 'hugging-face': 'the cache of Hugging Face' } as const

/** To whom a file belongs that lies where we only read. */
function ownerOf({ store, root, path }: Candidate, { modelsDir }: RegistryOptions): string | undefined {
  if (store) return programs[store]
  if (root !== undefined && root !== modelsDir) return `the folder ${root}, which model_dirs names: it is only read`
  return isInside(path, modelsDir) ? undefined : 'the settings: it does not lie in the models folder'
}
