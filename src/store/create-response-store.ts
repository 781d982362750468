import { existsSync } from 'node:fs'
import { messageOf, ServerError } from '../core/errors.ts'
import { claimantOf, writeClaim } from './claims.ts'
import { type Database, inMemory, openDatabase } from './database.ts'
import { isGone, type ProcessProbe, renew, renewalMilliseconds, type ServerIdentity } from './ownership.ts'
import { ResponseRows } from './response-rows.ts'
import type { ItemPage, ResponseElsewhere, ResponseStore, StoredItem, StoredResponse } from './response-store.ts'
import { type Limits, Tidier } from './tidier.ts'

export interface ResponseStoreOptions {
  /** Absolute path of the file, or `inMemory`. */
  readonly path: string
  readonly self: ServerIdentity
  readonly limits: Limits
  readonly isProcessRunning: ProcessProbe
  /** Milliseconds since 1970. */
  now(): number
}

/** Makes the store. Nothing is opened before the first call. */
export const createResponseStore = (options: ResponseStoreOptions): ResponseStore => new SqliteResponseStore(options)

interface Opened {
  readonly database: Database
  readonly rows: ResponseRows
  readonly tidier: Tidier
}

class SqliteResponseStore implements ResponseStore {
  readonly #options: ResponseStoreOptions
  readonly #running = new Set<string>()
  #opened: Opened | undefined
  #renewal: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: ResponseStoreOptions) {
    this.#options = options
  }

  check(): void {
    // Begins to write and writes nothing: a file that is locked or read-only shows here.
    this.#use(({ database, tidier }) => {
      database.transaction(() => {})
      tidier.now(this.#options.now())
    })
  }

  add(response: StoredResponse, input: readonly StoredItem[], state: 'running' | 'done'): void {
    const owner = this.#owner(state)
    this.#use(({ database, rows }) =>
      database.transaction(() => {
        if (owner !== null) renew(database, this.#options.self, this.#options.now())
        rows.insert(response, owner)
        rows.insertItems(response.id, input, 'input')
        rows.insertItems(response.id, response.output, 'output')
      }),
    )
    this.#note(response.id, state)
  }

  update(response: Pick<StoredResponse, 'id' | 'body' | 'output'>, state: 'running' | 'done'): boolean {
    this.#note(response.id, state)
    return this.#use(({ database, rows }) =>
      database.transaction(() => {
        if (!rows.update(response.id, response.body, this.#owner(state))) return false
        rows.deleteOutput(response.id)
        rows.insertItems(response.id, response.output, 'output')
        return true
      }),
    )
  }

  get(id: string): ReturnType<ResponseStore['get']> {
    return this.#use(({ database, rows }) => {
      const found = rows.get(id)
      if (!found) return undefined
      const { owner, ...response } = found
      if (owner === null) return { ...response, state: 'done' as const }
      const { self, now, isProcessRunning } = this.#options
      const isLost = isGone(database, owner, { self, now: now(), isRunning: isProcessRunning })
      return { ...response, state: isLost ? ('lost' as const) : ('running' as const) }
    })
  }

  delete(id: string): boolean {
    this.#note(id, 'done')
    return this.#use(({ database, rows }) => {
      const wasThere = rows.delete(id)
      if (wasThere) database.shrink()
      return wasThere
    })
  }

  conversation(id: string, param: string): readonly StoredItem[] {
    return this.#use(({ rows }) => {
      const missing = rows.missingBefore(id)
      if (missing !== undefined) throw new ServerError('previous_response_not_found', { param, response: missing })
      return rows.conversation(id)
    })
  }

  inputItems(id: string, page: ItemPage): ReturnType<ResponseStore['inputItems']> {
    return this.#use(({ rows }) => {
      const all = rows.inputNumbers(id)
      if (page.order === 'descending') all.reverse()
      const last = page.after === undefined ? -1 : all.findIndex((item) => item.id === page.after)
      if (page.after !== undefined && last < 0) return undefined
      const chosen = all.slice(last + 1, last + 1 + page.limit)
      return {
        items: chosen.map(({ number }) => rows.itemByNumber(number)),
        hasMore: last + 1 + chosen.length < all.length,
      }
    })
  }

  keyOf(id: string): string | undefined {
    return this.#use(({ rows }) => rows.keyOf(id))
  }

  item(id: string, keyId?: string): StoredItem | undefined {
    return this.#use(({ rows }) => rows.newestItem(id, keyId ?? null))
  }

  keepEvents(id: string, events: string): void {
    this.#use(({ rows }) => rows.keepEvents(id, events))
  }

  events(id: string): string | undefined {
    return this.#use(({ rows }) => rows.events(id))
  }

  claim(elsewhere: ResponseElsewhere, keyId?: string): void {
    if (keyId === undefined) return
    this.#use(({ database }) => writeClaim(database, elsewhere, { keyId, now: this.#options.now() }))
  }

  isOwn(elsewhere: ResponseElsewhere, keyId?: string): boolean {
    return keyId === undefined || this.#use(({ database }) => claimantOf(database, elsewhere)) === keyId
  }

  tidy(): boolean {
    const { path } = this.#options
    if (!this.#opened && path !== inMemory && !existsSync(path)) return false
    return this.#use(({ tidier }) => tidier.now(this.#options.now()))
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearInterval(this.#renewal)
    this.#close()
  }

  #owner(state: 'running' | 'done'): string | null {
    return state === 'running' ? this.#options.self.id : null
  }

  /** While something runs, others are told that this server is there. */
  #note(id: string, state: 'running' | 'done'): void {
    if (state === 'running') this.#running.add(id)
    else this.#running.delete(id)
    if (this.#running.size > 0 && !this.#renewal) {
      this.#renewal = setInterval(() => this.#renew(), renewalMilliseconds)
      this.#renewal.unref?.()
    } else if (this.#running.size === 0) {
      clearInterval(this.#renewal)
      this.#renewal = undefined
    }
  }

  #renew(): void {
    try {
      this.#use(({ database }) => renew(database, this.#options.self, this.#options.now()))
    } catch {
      // The next time may be better, and whoever waits for the response is told when it cannot be kept.
    }
  }

  /** Opens the file if need be; whatever goes wrong with it becomes `store_unavailable`. */
  #use<Result>(work: (opened: Opened) => Result): Result {
    if (this.#isClosed) throw new ServerError('shutting_down', {})
    try {
      if (this.#opened?.database.isInPlace() === false) this.#close()
      this.#opened ??= this.#open()
      return work(this.#opened)
    } catch (error) {
      if (error instanceof ServerError) throw error
      const { path } = this.#options
      throw new ServerError('store_unavailable', { path, problem: messageOf(error) }, { cause: error })
    }
  }

  #close(): void {
    this.#opened?.database[Symbol.dispose]()
    this.#opened = undefined
  }

  #open(): Opened {
    const database = openDatabase(this.#options.path)
    return { database, rows: new ResponseRows(database), tidier: new Tidier(database, this.#options.limits) }
  }
}
