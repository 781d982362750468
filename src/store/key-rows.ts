import type { Scope } from '../core/access.ts'
import type { ApiKey } from './api-keys.ts'
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
      `INSERT INTO api_keys (id, name, digest, start, scopes, models, created_seconds, expires_seconds)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      key.id,
      key.name,
      digest,
      key.start,
      JSON.stringify(key.scopes),
      key.models ? JSON.stringify(key.models) : null,
      key.createdSeconds,
      key.expiresSeconds ?? null,
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

  delete(id: string): void {
    this.#database.run('DELETE FROM api_keys WHERE id = ?', id)
  }

  noteUse(id: string, seconds: number): void {
    this.#database.run('UPDATE api_keys SET last_used_seconds = ? WHERE id = ?', seconds, id)
  }
}

function toKey(row: KeyRow): ApiKey {
  const { expires_seconds: expires, last_used_seconds: used, revoked_seconds: revoked } = row
  return {
    id: row.id,
    name: row.name,
    start: row.start,
    scopes: JSON.parse(row.scopes) as Scope[],
    ...(row.models !== null && { models: JSON.parse(row.models) as string[] }),
    createdSeconds: row.created_seconds,
    ...(expires !== null && { expiresSeconds: expires }),
    ...(used !== null && { lastUsedSeconds: used }),
    ...(revoked !== null && { revokedSeconds: revoked }),
  }
}
