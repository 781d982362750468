import { forgetClaims } from './claims.ts'
import type { Database } from './database.ts'

/** How much is kept. */
export interface Limits {
  /** Days after which a response goes, unless a younger one continues it. */
  readonly days: number
  /** Bytes that all of them may fill. What is oldest goes first. */
  readonly bytes: number
}

/** Responses that one call removes at most, so that it is short. */
const batch = 50
/** Time after which no more is removed in one call: looking for one leaf may pass over all of a long conversation. */
const crowdMilliseconds = 20
const daySeconds = 86_400
/** A full store is emptied a little further, so that it is not full again at once. */
const roomShare = 0.95

/** Only what nothing else continues: a conversation loses its end before its beginning, and never its middle. */
const oldestLeaves = `
  DELETE FROM responses WHERE id IN (
    SELECT id FROM responses WHERE created_seconds < ? AND (owner IS NULL OR created_seconds < ?)
      AND NOT EXISTS (SELECT 1 FROM responses AS younger WHERE younger.previous_id = responses.id)
    ORDER BY created_seconds LIMIT ?
  )`

/** Keeps the file within its limits. */
export class Tidier {
  readonly #database: Database
  readonly #limits: Limits
  #isFull = false

  constructor(database: Database, limits: Limits) {
    this.#database = database
    this.#limits = limits
  }

  /** Removes what is too old, and some of what is too much. Answers whether there is more to do. `now` in milliseconds. */
  now(now: number): boolean {
    const oldest = Math.floor(now / 1000) - this.#limits.days * daySeconds
    const aged = this.#database.run(oldestLeaves, oldest, oldest, batch)
    const claims = forgetClaims(this.#database, oldest, batch)
    const crowded = this.#removeCrowd(oldest)
    if (aged + crowded > 0) this.#database.shrink()
    return aged === batch || claims === batch || (crowded > 0 && this.#hasTooMuch())
  }

  /** One after the other: without its end, an old conversation is looked at before a younger one. */
  #removeCrowd(oldest: number): number {
    const end = performance.now() + crowdMilliseconds
    let removed = 0
    while (removed < batch && this.#hasTooMuch()) {
      if (this.#database.run(oldestLeaves, Number.MAX_SAFE_INTEGER, oldest, 1) === 0) break
      removed++
      if (performance.now() >= end) break
    }
    return removed
  }

  #hasTooMuch(): boolean {
    this.#isFull = this.#database.usedBytes() > this.#limits.bytes * (this.#isFull ? roomShare : 1)
    return this.#isFull
  }
}
