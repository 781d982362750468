import { join } from 'node:path'
import type { ModelEntry, ModelKind } from '../../core/model.ts'
import type { ModelChanges, ModelRegistry } from '../registry.ts'
import { AliasFile } from './alias-file.ts'
import type { Snapshot } from './build-snapshot.ts'
import { changeModels } from './change-models.ts'
import { defaultNameOf, defaultOf, entryOf, explain } from './find-entry.ts'
import { Looker } from './looker.ts'
import { RegistryMemory } from './registry-memory.ts'
import type { RegistryOptions } from './registry-options.ts'

/** Where `hearth cp` keeps its names, in the models folder: whoever shares the folder shares the names. */
const aliasFileName = 'aliases.json'

/**
 * The models of the settings, of the catalog as far as their files are there, every other GGUF file in the models folder, and
 * what lies in other places. It looks at the disk anew for lists and for names that it does not know, so that a file that was
 * put there can be used at once; of a model that it knows it looks at the files once a second, so that another file of that name
 * is noticed a second later. Heads are read again only when their files change.
 */
export function createRegistry(
  options: RegistryOptions,
  memory: RegistryMemory = new RegistryMemory(),
): ModelRegistry & ModelChanges {
  const { changes, companions } = memory
  const aliases = new AliasFile(join(options.modelsDir, aliasFileName))
  const looker = new Looker(options, { aliases, ...memory })
  const defaultIn = (snapshot: Snapshot, kind: ModelKind): ModelEntry | undefined =>
    snapshot.entries.get(changes.selected(kind) ?? '') ?? defaultOf(snapshot, options, kind)
  const configuredIn = (snapshot: Snapshot) => {
    const [chat, embedding] = [defaultIn(snapshot, 'chat'), defaultIn(snapshot, 'embedding')]
    const rank = (entry: ModelEntry) => (entry === chat ? 0 : entry === embedding ? 1 : 2)
    return [...snapshot.entries.values()].toSorted(
      (left, right) => rank(left) - rank(right) || (left.id < right.id ? -1 : 1),
    )
  }
  const listOf = (snapshot: Snapshot) => configuredIn(snapshot).map((entry) => changes.apply(entry))
  return {
    async list() {
      return Promise.all(listOf(await looker.look()).map((entry) => companions.describe(entry)))
    },
    async configured() {
      return Promise.all(configuredIn(await looker.look()).map((entry) => companions.describe(entry)))
    },
    async find(name, kind) {
      const entryIn = (snapshot: Snapshot) => (name === undefined ? defaultIn(snapshot, kind) : entryOf(snapshot, name))
      const own = await looker.lookAtOwn()
      const known = own ? entryIn(own) : await findKnown(looker, entryIn)
      if (known) return companions.describe(changes.apply(known))
      const snapshot = await looker.lookWithPatience()
      const entry = entryIn(snapshot)
      if (entry) return companions.describe(changes.apply(entry))
      throw explain(name ?? defaultNameOf(options, kind), snapshot, options.catalog)
    },
    async problems() {
      return (await looker.look()).problems
    },
    ...changeModels({ options, aliases, looker, changes, listOf }),
  }
}

/** An entry that was seen a moment ago, or earlier and has not changed since: then we look anew while it is used. */
async function findKnown(
  looker: Looker,
  entryIn: (snapshot: Snapshot) => ModelEntry | undefined,
): Promise<ModelEntry | undefined> {
  const seen = looker.seen()
  const entry = seen && entryIn(seen.snapshot)
  if (!entry || seen.isFresh) return entry
  if (!(await looker.isUnchanged(entry.path))) return undefined
  void looker.look()
  return entry
}
