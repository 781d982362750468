import { ServerError } from '../../core/errors.ts'
import { findInCatalog } from '../catalog/catalog.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import { nearNames } from '../near-names.ts'

/** The entry of that name. Throws `model_not_found` (param `model`) with the nearest names. */
export function entryNamed(catalog: readonly CatalogEntry[], id: string): CatalogEntry {
  const entry = findInCatalog(catalog, id)
  if (entry) return entry
  const model = id.length > 200 ? `${id.slice(0, 200)}…` : id
  const near = nearNames(
    id,
    catalog.map((each) => [each.id]),
  )
  throw new ServerError('model_not_found', { param: 'model', model, ...(near.length > 0 && { near }) })
}
