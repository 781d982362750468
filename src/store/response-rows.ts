import type { Database } from './database.ts'
import type { Json, StoredItem, StoredResponse } from './response-store.ts'

interface ResponseRow {
  readonly id: string
  readonly previous_id: string | null
  readonly created_seconds: number
  readonly is_background: number
  readonly owner: string | null
  readonly body: string
  readonly key_id: string | null
}

interface ItemRow {
  readonly item_id: string
  readonly body: string
}

type Side = 'input' | 'output'

/** A response and all that it continues; the depth counts back from it. */
const chain = `
  WITH RECURSIVE chain (id, previous_id, depth) AS (
    SELECT id, previous_id, 0 FROM responses WHERE id = ?
    UNION ALL
    SELECT responses.id, responses.previous_id, chain.depth + 1
    FROM responses JOIN chain ON responses.id = chain.previous_id
  )`
const inOrder = 'ORDER BY chain.depth DESC, items.is_output, items.position'

/** The SQL of responses: one statement a method. Throws what SQLite says. */
export class ResponseRows {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  insert(response: StoredResponse, owner: string | null): void {
    const { id, previousId = null, createdSeconds, isBackground, keyId = null, body } = response
    const values = [id, previousId, createdSeconds, Number(isBackground), owner, JSON.stringify(body), keyId]
    // By their names: a newer server may give the table further columns while this one runs.
    const columns = 'id, previous_id, created_seconds, is_background, owner, body, key_id'
    this.#database.run(`INSERT INTO responses (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`, ...values)
  }

  insertItems(id: string, items: readonly StoredItem[], side: Side): void {
    for (const [position, item] of items.entries())
      this.#database.run(
        'INSERT INTO items (response_id, is_output, position, item_id, body) VALUES (?, ?, ?, ?, ?)',
        ...[id, Number(side === 'output'), position, item.id, JSON.stringify(item.body)],
      )
  }

  update(id: string, body: Json, owner: string | null): boolean {
    return (
      this.#database.run('UPDATE responses SET body = ?, owner = ? WHERE id = ?', JSON.stringify(body), owner, id) > 0
    )
  }

  deleteOutput(id: string): void {
    this.#database.run('DELETE FROM items WHERE response_id = ? AND is_output = 1', id)
  }

  get(id: string): (StoredResponse & { readonly owner: string | null }) | undefined {
    const row = this.#database.get<ResponseRow>('SELECT * FROM responses WHERE id = ?', id)
    if (!row) return undefined
    const output = this.#database.all<ItemRow>(
      'SELECT item_id, body FROM items WHERE response_id = ? AND is_output = 1 ORDER BY position',
      id,
    )
    return {
      id,
      ...(row.previous_id !== null && { previousId: row.previous_id }),
      createdSeconds: row.created_seconds,
      isBackground: row.is_background === 1,
      ...(row.key_id !== null && { keyId: row.key_id }),
      owner: row.owner,
      body: JSON.parse(row.body),
      output: output.map(toItem),
    }
  }

  delete(id: string): boolean {
    return this.#database.run('DELETE FROM responses WHERE id = ?', id) > 0
  }

  /** The id that the oldest response of the chain continues, and that is not there; or this one when itself is not. */
  missingBefore(id: string): string | undefined {
    const sql = `${chain} SELECT previous_id FROM chain ORDER BY depth DESC LIMIT 1`
    const oldest = this.#database.get<{ previous_id: string | null }>(sql, id)
    return oldest ? (oldest.previous_id ?? undefined) : id
  }

  conversation(id: string): readonly StoredItem[] {
    const sql = `${chain} SELECT item_id, body FROM chain JOIN items ON items.response_id = chain.id ${inOrder}`
    return this.#database.all<ItemRow>(sql, id).map(toItem)
  }

  /** All items that went into a response, oldest first, without what they say. */
  inputNumbers(id: string): { readonly number: number; readonly id: string }[] {
    const sql = `${chain} SELECT items.number AS number, items.item_id AS id
      FROM chain JOIN items ON items.response_id = chain.id WHERE chain.depth > 0 OR items.is_output = 0 ${inOrder}`
    return [...this.#database.all<{ number: number; id: string }>(sql, id)]
  }

  itemByNumber(number: number): StoredItem {
    const row = this.#database.get<ItemRow>('SELECT item_id, body FROM items WHERE number = ?', number)
    return toItem(row ?? { item_id: '', body: '{}' })
  }

  keyOf(id: string): string | undefined {
    const sql = 'SELECT key_id FROM responses WHERE id = ?'
    return this.#database.get<{ key_id: string | null }>(sql, id)?.key_id ?? undefined
  }

  newestItem(id: string, keyId: string | null): StoredItem | undefined {
    const sql = `SELECT items.item_id, items.body FROM items JOIN responses ON responses.id = items.response_id
      WHERE items.item_id = ? AND (? IS NULL OR responses.key_id IS NULL OR responses.key_id = ?)
      ORDER BY items.number DESC LIMIT 1`
    const row = this.#database.get<ItemRow>(sql, id, keyId, keyId)
    return row && toItem(row)
  }

  keepEvents(id: string, events: string): void {
    // The response may have been deleted meanwhile.
    const sql = 'INSERT OR REPLACE INTO events (response_id, body) SELECT id, ? FROM responses WHERE id = ?'
    this.#database.run(sql, events, id)
  }

  events(id: string): string | undefined {
    return this.#database.get<{ body: string }>('SELECT body FROM events WHERE response_id = ?', id)?.body
  }
}

const toItem = (row: ItemRow): StoredItem => ({ id: row.item_id, body: JSON.parse(row.body) })
