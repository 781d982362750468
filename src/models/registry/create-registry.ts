import { join } from 'node:path'
import type { ModelEntry, ModelKind } from '../../core/model.ts'
import type { ModelChanges, ModelRegistry } from '../registry.ts'
import { AliasFile } from './alias-file.ts'
import { changeModels } from './change-models.ts'
import { defaultNameOf, defaultOf, entryOf, explain } from './find-entry.ts'
import { Looker } from './looker.ts'
import type { RegistryOptions } from './registry-options.ts'
import { RuntimeChanges } from './runtime-changes.ts'
import type { Snapshot } from './snapshot.ts'

/** Where `hearth cp` keeps its names, in the models folder: whoever shares the folder shares the names. */
const aliasFileName = 'aliases.json'

/**
 * The models of the settings, of the catalog as far as their files are there, and every other GGUF file in the models
 * folder. It looks at the disk anew for lists and for names that it does not know, so that a file that was put there can
 * be used at once; for names that it knows once a second, so that another file of that name is noticed a second later.
 * Heads are read again only when their files change.
 */
export function createRegistry(options: RegistryOptions): ModelRegistry & ModelChanges {
  const aliases = new AliasFile(join(options.modelsDir, aliasFileName))
  const looker = new Looker(options, aliases)
  const changes = new RuntimeChanges()
  const defaultIn = (snapshot: Snapshot, kind: ModelKind): ModelEntry | undefined => {
    const selected = changes.selected(kind)
    return snapshot.entries.find(({ id }) => id === selected) ?? defaultOf(snapshot, options, kind)
  }
  const list = async () => {
    const snapshot = await looker.look()
    const [chat, embedding] = [defaultIn(snapshot, 'chat'), defaultIn(snapshot, 'embedding')]
    const rank = (entry: ModelEntry) => (entry === chat ? 0 : entry === embedding ? 1 : 2)
    return snapshot.entries
      .toSorted((left, right) => rank(left) - rank(right) || (left.id < right.id ? -1 : 1))
      .map((entry) => changes.apply(entry))
  }
  return {
    list,
    async find(name, kind) {
      const entryIn = (snapshot: Snapshot) => (name === undefined ? defaultIn(snapshot, kind) : entryOf(snapshot, name))
      const recent = looker.believed()
      const known = recent && entryIn(recent)
      if (known) return changes.apply(known)
      const snapshot = await looker.look()
      const entry = entryIn(snapshot)
      if (entry) return changes.apply(entry)
      throw explain(name ?? defaultNameOf(options, kind), snapshot, options.catalog)
    },
    async problems() {
      return (await looker.look()).problems
    },
    ...changeModels({ options, aliases, looker, changes, list }),
  }
}
