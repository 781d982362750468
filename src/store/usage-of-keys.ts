import { ServerError } from '../core/errors.ts'
import type { ApiKey } from './api-keys.ts'
import { isGivenKey, type KeyUsage } from './key-usage.ts'

/** What was used, with the name of the key. */
export type NamedUsage = KeyUsage & { readonly name: string }

/**
 * What a key has used, by its id or its name, or what all have, the newest day first; several that were revoked may have one name.
 * Keys of ALLOWED_API_KEYS are in no file: their names are their ids. `read` gives what one key has used, by its id, or all have.
 * Throws `key_not_found`.
 */
export function usageOfKeys(
  read: (key?: string) => readonly KeyUsage[],
  { keys, which }: { readonly keys: readonly ApiKey[]; readonly which: string | undefined },
): readonly NamedUsage[] {
  const names = new Map(keys.map(({ id, name }) => [id, name]))
  const named = (used: readonly KeyUsage[]) => used.map((use) => ({ ...use, name: names.get(use.key) ?? use.key }))
  if (which === undefined) return named(read())
  const meant = keys.filter(({ id, name }) => id === which || name === which).map(({ id }) => id)
  // Of any other name nothing is read: whoever asks need not be allowed to see more than one key.
  const ids = isGivenKey(which) ? [...new Set([which, ...meant])] : meant
  if (ids.length === 0) throw new ServerError('key_not_found', { param: 'key', name: which })
  return named(ids.flatMap((id) => read(id))).sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0))
}
