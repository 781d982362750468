import type { Database } from './database.ts'
import type { ResponseElsewhere } from './response-store.ts'

/** Writes with which key a response was asked for. The first stays: some providers let their clients choose the ids. */
export function writeClaim(
  database: Database,
  { provider, id }: ResponseElsewhere,
  by: { readonly keyId: string; readonly now: number },
): void {
  const seconds = Math.floor(by.now / 1000)
  database.run('INSERT OR IGNORE INTO claims VALUES (?, ?, ?, ?)', provider, id, by.keyId, seconds)
}

/** The key that a response was asked for with; undefined where nobody knows. */
export const claimantOf = (database: Database, { provider, id }: ResponseElsewhere): string | undefined =>
  database.get<{ key_id: string }>('SELECT key_id FROM claims WHERE provider = ? AND response_id = ?', provider, id)
    ?.key_id

/** Forgets what is older, in seconds since 1970. Answers how many were forgotten: so many at once at most. */
export const forgetClaims = (database: Database, before: number, most: number): number =>
  database.run(
    `DELETE FROM claims WHERE (provider, response_id) IN
      (SELECT provider, response_id FROM claims WHERE created_seconds < ? ORDER BY created_seconds LIMIT ?)`,
    before,
    most,
  )
