import type { ApiKey, ApiKeyStore } from '../../store/api-keys.ts'
import type { UsageLedger } from '../../store/usage-ledger.ts'
import { type NamedUsage, usageOfKeys } from '../../store/usage-of-keys.ts'
import type { RouteScope } from '../hooks/authorise.ts'
import { KeyAccount, type KeyAccountParts } from './key-account.ts'

/** What keys may use and have used. Disposing of it writes what is not written yet. */
export interface KeyAccounts extends Disposable {
  /** The account of a key that is valid. */
  of(key: ApiKey): KeyAccount
  /** What was used since a day, by one key, which is told by its name or its id, or by all. Throws `key_not_found`, `keys_unavailable`. */
  usage(from: string, which?: string): readonly NamedUsage[]
}

export interface KeyAccountsOptions extends Omit<KeyAccountParts, 'key'> {
  readonly store: Pick<ApiKeyStore, 'list'>
  readonly ledger: UsageLedger
}

/** Whether requests for this count: whoever runs the server may look after it whatever a key has used. */
export const isMetered = (scope: RouteScope): boolean => scope === 'inference'

/** More accounts than this are looked through for some that can be forgotten: of keys that are gone. */
const manyAccounts = 1000

/** Makes the accounts. Nothing is read before the first use. */
export function createKeyAccounts(options: KeyAccountsOptions): KeyAccounts {
  const accounts = new Map<string, KeyAccount>()
  let sweepAt = manyAccounts
  const open = (key: ApiKey): KeyAccount => {
    if (accounts.size >= sweepAt) {
      for (const [id, account] of accounts) if (account.isAtRest()) accounts.delete(id)
      sweepAt = Math.max(manyAccounts, 2 * accounts.size)
    }
    const account = new KeyAccount({ ...options, key })
    accounts.set(key.id, account)
    return account
  }
  return {
    of: (key) => accounts.get(key.id)?.renew(key) ?? open(key),
    usage(from, which) {
      const read = (key?: string) => options.ledger.list({ from, ...(key !== undefined && { key }) })
      return usageOfKeys(read, { keys: options.store.list(), which })
    },
    [Symbol.dispose]: () => options.ledger[Symbol.dispose](),
  }
}
