import { ServerError } from '../../core/errors.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { ModelChanges, RemovedModel } from '../registry.ts'
import type { AliasFile } from './alias-file.ts'
import type { Snapshot } from './build-snapshot.ts'
import { aliasProblem, ownerOfName } from './check-alias.ts'
import { entryOf, explain, unusableId } from './find-entry.ts'
import { listRegistered } from './list-registered.ts'
import type { Looker } from './looker.ts'
import type { RegistryOptions } from './registry-options.ts'
import { removeFiles } from './remove-files.ts'
import type { RuntimeChanges } from './runtime-changes.ts'

/** What the changes of models work on. */
interface Parts {
  readonly options: RegistryOptions
  readonly aliases: AliasFile
  readonly looker: Looker
  readonly changes: RuntimeChanges
  list(): Promise<readonly ModelEntry[]>
}

/** The part of the registry that changes things. */
export function changeModels(parts: Parts): ModelChanges {
  const { options, aliases, looker, changes, list } = parts
  const find = async (name: string): Promise<{ snapshot: Snapshot; entry: ModelEntry }> => {
    const snapshot = await looker.look()
    const entry = entryOf(snapshot, name)
    if (!entry) throw explain(name, snapshot, options.catalog)
    return { snapshot, entry }
  }
  return {
    registered: async () =>
      listRegistered({ entries: await list(), snapshot: await looker.look(), catalog: options.catalog }),
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
    async addAlias(alias, name) {
      const { snapshot, entry } = await find(name)
      const problem = aliasProblem(alias)
      if (problem) throw new ServerError('invalid_parameter', { param: 'name', problem })
      const owner = ownerOfName(alias, snapshot, options.catalog)
      if (owner !== undefined && owner !== entry.id)
        throw new ServerError('name_taken', { param: 'name', name: alias, model: owner })
      if (owner === undefined) await aliases.add(alias, entry.id)
      looker.forget()
      return (await find(alias)).entry
    },
    remove: (name) => remove(name, parts),
    forget: () => looker.forget(),
  }
}

async function remove(name: string, { options, aliases, looker, changes }: Parts): Promise<RemovedModel> {
  looker.forget()
  const snapshot = await looker.look()
  const given = Object.keys(snapshot.givenAliases).find((alias) => alias.toLowerCase() === name.toLowerCase())
  const id = snapshot.names.idOf(name) ?? unusableId(snapshot, name)
  const isAlias = given !== undefined && (id === undefined || id === snapshot.givenAliases[given]) && id !== name
  try {
    if (isAlias) {
      await aliases.remove((alias) => alias === given)
      return { id: snapshot.givenAliases[given] ?? name, paths: [], freedBytes: 0 }
    }
    const candidate = id === undefined ? undefined : snapshot.candidates.get(id)
    if (id === undefined || !candidate || snapshot.notInstalled.has(id)) throw explain(name, snapshot, options.catalog)
    const removed = await removeFiles({ id, path: candidate.path, modelsDir: options.modelsDir })
    await aliases.remove((_, owner) => owner === id)
    changes.forget(id)
    return { id, ...removed }
  } finally {
    looker.forget()
  }
}
