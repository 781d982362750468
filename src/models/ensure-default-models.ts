import { findInCatalog } from './catalog/catalog.ts'
import type { CatalogEntry } from './catalog/catalog-entry.ts'
import { type PullCall, type PullResult, pull } from './pull/pull.ts'

export type EnsureCall = Omit<PullCall, 'entry'> & {
  readonly catalog: readonly CatalogEntry[]
  /** Ids of the models that a server uses when a request names none. */
  readonly names: readonly string[]
}

export type EnsureResult = PullResult & { readonly id: string }

/**
 * Fetches those of the named models that are missing, one after the other. A name that is not in the catalog is a file
 * of the user's, and left to the server. When one cannot be fetched the others still are; then it rejects with
 * `model_pull_failed`, with an `AggregateError` of them where there are several, or at once with the signal's reason when it aborts.
 */
export async function ensureDefaultModels({ catalog, names, ...call }: EnsureCall): Promise<readonly EnsureResult[]> {
  const results: EnsureResult[] = []
  const failures: unknown[] = []
  for (const name of new Set(names)) {
    const entry = findInCatalog(catalog, name)
    if (!entry) continue
    try {
      results.push({ id: entry.id, ...(await pull({ ...call, entry })) })
    } catch (error) {
      call.signal.throwIfAborted()
      failures.push(error)
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, 'several models could not be fetched')
  if (failures.length > 0) throw failures[0]
  return results
}
