import { ServerError } from '../core/errors.ts'
import type { ApiKey } from './api-keys.ts'
import type { KeyUsage } from './key-usage.ts'

/** What was used, with the name of the key. */
export type NamedUsage = KeyUsage & { readonly name: string }

/**
 * What a key has used, by its id or its name, or what all have; several that were revoked may have one name. Keys of ALLOWED_API_KEYS
 * are in no file: their names are their ids. Throws `key_not_found`.
 */
export function usageOfKeys(
  used: readonly KeyUsage[],
  { keys, which }: { readonly keys: readonly ApiKey[]; readonly which: string | undefined },
): readonly NamedUsage[] {
  const names = new Map(keys.map(({ id, name }) => [id, name]))
  const all = used.map((use) => ({ ...use, name: names.get(use.key) ?? use.key }))
  if (which === undefined) return all
  const meant = all.filter(({ key, name }) => key === which || name === which)
  const isKnown =
    meant.length > 0 || /^given-\d+$/.test(which) || keys.some((key) => [key.id, key.name].includes(which))
  if (!isKnown) throw new ServerError('key_not_found', { param: 'key', name: which })
  return meant
}
