import type { Scope } from '../core/access.ts'
import type { ApiKey, KeyLimits } from './api-keys.ts'
import type { Database } from './database.ts'

interface KeyRow {
  readonly id: string
  readonly name: string
  readonly digest: string
  readonly start: string
  readonly scopes: string
  readonly models: string | null
  readonly created_seconds: number
  readonly expires_seconds: number | null
  readonly last_used_seconds: number | null
  readonly revoked_seconds: number | null
  readonly requests_per_minute: number | null
  readonly tokens_per_minute: number | null
  readonly tokens_per_day: number | null
}

/** The rows of the table of keys. */
export class KeyRows {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Oldest first. */
  all(): readonly { readonly digest: string; readonly key: ApiKey }[] {
    const rows = this.#database.all<KeyRow>('SELECT * FROM api_keys ORDER BY created_seconds, id')
    return rows.map((row) => ({ digest: row.digest, key: toKey(row) }))
  }

  get(id: string): ApiKey | undefined {
    const row = this.#database.get<KeyRow>('SELECT * FROM api_keys WHERE id = ?', id)
    return row && toKey(row)
  }

  /** Oldest first. */
  named(name: string): readonly ApiKey[] {
    const sql = 'SELECT * FROM api_keys WHERE name = ? ORDER BY created_seconds, id'
    return this.#database.all<KeyRow>(sql, name).map(toKey)
  }

  insert(key: ApiKey, digest: string): void {
    this.#database.run(
      `INSERT INTO api_keys (id, name, digest, start, scopes, models, created_seconds, expires_seconds,
          requests_per_minute, tokens_per_minute, tokens_per_day)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      key.id,
      key.name,
      digest,
      key.start,
      JSON.stringify(key.scopes),
      key.models ? JSON.stringify(key.models) : null,
      key.createdSeconds,
      key.expiresSeconds ?? null,
      ...limitsIn(key.limits),
    )
  }

  revoke(id: string, seconds: number): void {
    this.#database.run('UPDATE api_keys SET revoked_seconds = ? WHERE id = ?', seconds, id)
  }

  replaceSecret({ id, start, createdSeconds, expiresSeconds }: ApiKey, digest: string): void {
    this.#database.run(
      'UPDATE api_keys SET digest = ?, start = ?, created_seconds = ?, expires_seconds = ? WHERE id = ?',
      digest,
      start,
      createdSeconds,
      expiresSeconds ?? null,
      id,
    )
  }

  replaceLimits(id: string, limits: KeyLimits): void {
    this.#database.run(
      'UPDATE api_keys SET requests_per_minute = ?, tokens_per_minute = ?, tokens_per_day = ? WHERE id = ?',
      ...limitsIn(limits),
      id,
    )
  }

  delete(id: string): void {
    this.#database.run('DELETE FROM api_keys WHERE id = ?', id)
  }

  noteUse(id: string, seconds: number): void {
    this.#database.run('UPDATE api_keys SET last_used_seconds = ? WHERE id = ?', seconds, id)
  }
}

const limitsIn = (limits: KeyLimits = {}) =>
  [limits.requestsPerMinute ?? null, limits.tokensPerMinute ?? null, limits.tokensPerDay ?? null] as const

/** Absent where the key has none of its own. */
function limitsOf(row: KeyRow): KeyLimits | undefined {
  const { requests_per_minute: requests, tokens_per_minute: tokens, tokens_per_day: daily } = row
  if (requests === null && tokens === null && daily === null) return undefined
  return {
    ...(requests !== null && { requestsPerMinute: requests }),
    ...(tokens !== null && { tokensPerMinute: tokens }),
    ...(daily !== null && { tokensPerDay: daily }),
  }
}

function toKey(row: KeyRow): ApiKey {
  const limits = limitsOf(row)
  const { expires_seconds: expires, last_used_seconds: used, revoked_seconds: revoked } = row
  return {
    id: row.id,
    name: row.name,
    start: row.start,
    scopes: JSON.parse(row.scopes) as Scope[],
    ...(row.models !== null && { models: JSON.parse(row.models) as string[] }),
    ...(limits && { limits }),
    createdSeconds: row.created_seconds,
    ...(expires !== null && { expiresSeconds: expires }),
    ...(used !== null && { lastUsedSeconds: used }),
    ...(revoked !== null && { revokedSeconds: revoked }),
  }
}
