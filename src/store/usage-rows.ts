import type { Database } from './database.ts'
import type { KeyUsage, UsageQuestion } from './key-usage.ts'

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

const addition = `INSERT INTO key_usage (day, key_id, model, ${counts.join(', ')})
  VALUES (?, ?, ?, ${counts.map(() => '?').join(', ')})
  ON CONFLICT DO UPDATE SET ${counts.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`

/** The rows of the table of use. */
export class UsageRows {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

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
