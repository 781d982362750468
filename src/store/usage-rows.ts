import type { Database } from './database.ts'
import { isGivenKey, type KeyUsage, mostCounted, type UsageQuestion } from './key-usage.ts'

interface UsageRow {
  readonly day: string
  readonly key_id: string
  readonly model: string
  readonly requests: number
  readonly refused: number
  readonly errors: number
  readonly prompt: number
  readonly completion: number
  readonly embedded: number
}

const counts = ['requests', 'refused', 'errors', 'prompt', 'completion', 'embedded'] as const

/** Of keys that are there: a server may have counted for one that was forgotten meanwhile. Given keys stand in no table. */
const addition = `INSERT INTO key_usage (day, key_id, model, ${counts.join(', ')})
  SELECT ?, ?, ?, ${counts.map(() => '?').join(', ')}
  WHERE ? = 1 OR EXISTS (SELECT 1 FROM api_keys WHERE id = ?)
  ON CONFLICT DO UPDATE SET ${counts.map((name) => `${name} = min(${name} + excluded.${name}, ${mostCounted})`).join(', ')}`

/** The rows of the table of use. */
export class UsageRows {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Nothing for a key that is not there any more. */
  add(use: KeyUsage): void {
    this.#database.run(
      addition,
      use.day,
      use.key,
      use.model,
      use.requests,
      use.refused,
      use.errors,
      use.promptTokens,
      use.completionTokens,
      use.embeddedTokens,
      Number(isGivenKey(use.key)),
      use.key,
    )
  }

  /** The newest day first. */
  list({ from, key }: UsageQuestion): readonly KeyUsage[] {
    const order = 'ORDER BY day DESC, key_id, model'
    const rows =
      key === undefined
        ? this.#database.all<UsageRow>(`SELECT * FROM key_usage WHERE day >= ? ${order}`, from)
        : this.#database.all<UsageRow>(`SELECT * FROM key_usage WHERE day >= ? AND key_id = ? ${order}`, from, key)
    return rows.map(toUsage)
  }

  forgetBefore(day: string): void {
    this.#database.run('DELETE FROM key_usage WHERE day < ?', day)
  }

  forgetKey(id: string): void {
    this.#database.run('DELETE FROM key_usage WHERE key_id = ?', id)
  }
}

const toUsage = (row: UsageRow): KeyUsage => ({
  day: row.day,
  key: row.key_id,
  model: row.model,
  requests: row.requests,
  refused: row.refused,
  errors: row.errors,
  promptTokens: row.prompt,
  completionTokens: row.completion,
  embeddedTokens: row.embedded,
})
