import { closest, distance } from 'fastest-levenshtein'
import { ServerError } from '../../core/errors.ts'
import { findInCatalog } from '../catalog/catalog.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'

/** The entry of that name. Throws `model_not_found` (param `model`) with the nearest name. */
export function entryNamed(catalog: readonly CatalogEntry[], id: string): CatalogEntry {
  const entry = findInCatalog(catalog, id)
  if (entry) return entry
  const model = id.length > 200 ? `${id.slice(0, 200)}…` : id
  const near = nearest(
    id,
    catalog.map((each) => each.id),
  )
  throw new ServerError('model_not_found', { param: 'model', model, ...(near !== undefined && { near }) })
}

function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0 || name.length > 200) return undefined
  const near = closest(name.toLowerCase(), names)
  return distance(name.toLowerCase(), near) > Math.max(2, Math.floor(name.length / 3)) ? undefined : near
}
