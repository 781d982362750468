import type { ModelKind, ModelStore } from '../core/model.ts'
import type { CatalogEntry } from './catalog/catalog-entry.ts'
import type { ModelRegistry } from './registry.ts'

/** A model that can be used, could be fetched, or is there and cannot be used. */
export interface ListedModel {
  readonly id: string
  readonly aliases: readonly string[]
  readonly state: 'installed' | 'in the catalog' | 'unusable'
  readonly kind?: ModelKind
  /** Of its files; of a model of the catalog, about. */
  readonly sizeBytes?: number
  readonly quantisation?: string
  /** Tokens that it was trained for. */
  readonly contextSize?: number
  readonly licence?: string
  readonly path?: string
  /** The program whose file it is, where it is not ours. */
  readonly store?: ModelStore
  readonly problem?: string
}

/** Everything that there is: installed models in the registry's order, then unusable ones, then the rest of the catalog. */
export async function listModels(
  registry: ModelRegistry,
  catalog: readonly CatalogEntry[],
): Promise<readonly ListedModel[]> {
  const installed = (await registry.list()).map(
    ({ id, aliases, kind, fileBytes, path, store, header }): ListedModel => {
      const { quantisation, trainedContextSize: contextSize, licence } = header
      const facts = defined({ quantisation, contextSize, licence, store })
      return { id, aliases, state: 'installed', kind, sizeBytes: fileBytes, path, ...facts }
    },
  )
  const names = new Set(installed.flatMap(({ id, aliases }) => [id, ...aliases]))
  const rest = catalog.filter(({ id }) => !names.has(id))
  const others = new Set(rest.map(({ id }) => id))
  const unusable = (await registry.problems())
    .filter(({ id, isFolder }) => !isFolder && !others.has(id))
    .map(({ id, path, problem }): ListedModel => ({ id, aliases: [], state: 'unusable', path, problem }))
  const available = rest.map(({ id, kind, sizeBytes, contextSize, licence }): ListedModel => {
    return { id, aliases: [], state: 'in the catalog', kind, ...defined({ sizeBytes, contextSize, licence }) }
  })
  return [...installed, ...unusable, ...available]
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

const defined = <T extends object>(facts: T): Defined<T> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Defined<T>
