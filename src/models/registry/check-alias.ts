import { findInCatalog } from '../catalog/catalog.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import type { Snapshot } from './build-snapshot.ts'
import { unusableId } from './find-entry.ts'

/** Why a text can be no name of a model; nothing where it can. */
export function aliasProblem(alias: string): string | undefined {
  if (alias.trim() === '') return 'it is empty'
  if (alias !== alias.trim()) return 'it begins or ends with a space'
  if (alias.length > 200) return 'it is longer than 200 characters'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(alias) ? 'it has control characters' : undefined
}

/** The id of the model that has the name, in any case, be it usable, unusable, or in the catalog only. */
export function ownerOfName(name: string, snapshot: Snapshot, catalog: readonly CatalogEntry[]): string | undefined {
  return snapshot.names.idOf(name) ?? unusableId(snapshot, name) ?? findInCatalog(catalog, name)?.id
}
