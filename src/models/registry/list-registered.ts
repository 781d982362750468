import type { ModelEntry } from '../../core/model.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import type { RegisteredModel } from '../registry.ts'
import type { Snapshot } from './build-snapshot.ts'

/** What the list is made from. */
interface Known {
  /** In the order in which they are to be listed. */
  readonly entries: readonly ModelEntry[]
  readonly snapshot: Snapshot
  readonly catalog: readonly CatalogEntry[]
}

/** Installed models, then what cannot be used, then what else the catalog has. Pure. */
export function listRegistered({ entries, snapshot, catalog }: Known): readonly RegisteredModel[] {
  const { problems, candidates, notInstalled } = snapshot
  const installed = entries.map((entry): RegisteredModel => {
    const { id, aliases, kind, fileBytes: sizeBytes, header } = entry
    const { isConfigured = false, entry: catalogued } = candidates.get(id) ?? {}
    const licence = header.licence ?? catalogued?.licence
    const isCatalogued = catalogued !== undefined
    return {
      id,
      aliases,
      kind,
      state: 'installed',
      isCatalogued,
      isConfigured,
      entry,
      sizeBytes,
      ...(licence && { licence }),
    }
  })
  const unusable = problems
    .filter(({ id, isFolder }) => !isFolder && !notInstalled.has(id))
    .map(({ id, problem }): RegisteredModel => {
      const { isConfigured = false, entry } = candidates.get(id) ?? {}
      return { id, aliases: [], state: 'unusable', isCatalogued: entry !== undefined, isConfigured, problem }
    })
  const here = new Set([...installed.flatMap(({ id, aliases }) => [id, ...aliases]), ...unusable.map(({ id }) => id)])
  const configured = new Set([...candidates.values()].filter((each) => each.isConfigured).map(({ entry }) => entry?.id))
  const available = catalog
    .filter(({ id }) => !here.has(id))
    .map((entry) => toAvailable(entry, configured.has(entry.id)))
  return [...installed, ...unusable, ...available]
}

function toAvailable({ id, kind, sizeBytes, licence }: CatalogEntry, isConfigured: boolean): RegisteredModel {
  return {
    id,
    aliases: [],
    kind,
    state: 'available',
    isCatalogued: true,
    isConfigured,
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...(licence !== undefined && { licence }),
  }
}
