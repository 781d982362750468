import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { messageOf, ServerError } from '../core/errors.ts'
import type { ApiKey, ApiKeyStore, ApiKeyWish, KeyLimitChange, KeyLimits, KeysByDigest, MadeKey } from './api-keys.ts'
import { type Database, inMemory, openDatabase } from './database.ts'
import { KeyEvidence } from './key-evidence.ts'
import { KeyRows } from './key-rows.ts'
import { digestOf, makeSecret, startOf } from './key-secret.ts'
import type { KeyUsage, UsageQuestion } from './key-usage.ts'
import { UsageRows } from './usage-rows.ts'

export interface ApiKeyStoreOptions {
  /** Absolute path of the file, or `inMemory`. It may be that of the kept responses. */
  readonly path: string
  /** Milliseconds since 1970. */
  now(): number
}

/** Makes the store. Nothing is opened before the first call. */
export const createApiKeyStore = (options: ApiKeyStoreOptions): ApiKeyStore => new SqliteApiKeyStore(options)

/** How often the use of one key is written. */
const usePauseSeconds = 60
/** Uses wait so long for others, so that no request waits for the disk. */
const useDelayMilliseconds = 1000

interface Opened {
  readonly database: Database
  readonly rows: KeyRows
  readonly usage: UsageRows
}

class SqliteApiKeyStore implements ApiKeyStore {
  readonly #options: ApiKeyStoreOptions
  readonly #evidence: KeyEvidence
  #opened: Opened | undefined
  #files = 0
  /** Changes that were made through this store: SQLite tells of those of others only. */
  #changes = 0
  readonly #written = new Map<string, number>()
  readonly #unwritten = new Map<string, number>()
  #writing: NodeJS.Timeout | undefined

  constructor(options: ApiKeyStoreOptions) {
    this.#options = options
    this.#evidence = new KeyEvidence(options.path)
  }

  list(): readonly ApiKey[] {
    return this.#look((rows) => rows.all().map(({ key }) => key)) ?? []
  }

  create(wish: ApiKeyWish): MadeKey {
    const id = `key-${randomBytes(6).toString('hex')}`
    const { name = id } = wish
    const secret = makeSecret()
    const key: ApiKey = { ...wish, id, name, start: startOf(secret), createdSeconds: this.#now() }
    return this.#change(({ rows }) => {
      if (rows.get(name) || rows.named(name).some(isHeld))
        throw new ServerError('key_name_taken', { param: 'name', name })
      rows.insert(key, digestOf(secret))
      return { key, secret }
    })
  }

  revoke(name: string): ApiKey {
    return this.#changeOne(name, (rows, key) => {
      if (!isHeld(key)) return key
      rows.revoke(key.id, this.#now())
      return { ...key, revokedSeconds: this.#now() }
    })
  }

  rotate(name: string): MadeKey {
    return this.#changeOne(name, (rows, old) => {
      if (!isHeld(old)) throw new ServerError('key_is_revoked', { param: 'name', name })
      const secret = makeSecret()
      const createdSeconds = this.#now()
      const expires = old.expiresSeconds
      const rest = expires === undefined ? {} : { expiresSeconds: createdSeconds + expires - old.createdSeconds }
      const key = { ...old, ...rest, createdSeconds, start: startOf(secret) }
      rows.replaceSecret(key, digestOf(secret))
      return { key, secret }
    })
  }

  limit(name: string, change: KeyLimitChange): ApiKey {
    return this.#changeOne(name, (rows, { limits: before, ...key }) => {
      if (!isHeld(key)) throw new ServerError('key_is_revoked', { param: 'name', name })
      const limits = changed(before, change)
      rows.replaceLimits(key.id, limits)
      return Object.keys(limits).length === 0 ? key : { ...key, limits }
    })
  }

  remove(name: string): ApiKey {
    return this.#changeOne(name, (rows, key, usage) => {
      rows.delete(key.id)
      usage.forgetKey(key.id)
      return key
    })
  }

  addUsage(use: readonly KeyUsage[], oldest: string): void {
    // SQLite tells this connection nothing of its own changes, and these make no difference to who may come in.
    this.#use(({ database, usage }) =>
      database.transaction(() => {
        usage.forgetBefore(oldest)
        for (const each of use) usage.add(each)
      }),
    )
  }

  usage(question: UsageQuestion): readonly KeyUsage[] {
    return this.#look((_rows, _database, usage) => usage.list(question)) ?? []
  }

  read(before?: KeysByDigest): KeysByDigest {
    const found = this.#look((rows, database) => {
      const { data_version: others } = database.get<{ data_version: number }>('PRAGMA data_version') ?? {}
      const version = `${this.#files} ${others} ${this.#changes}`
      if (before?.version === version) return before
      const keys = new Map(rows.all().map(({ digest, key }) => [digest, key]))
      return { version, file: this.#files, keys }
    })
    return found ?? { version: 'none', keys: new Map() }
  }

  mayHoldKeys(): boolean {
    return this.#evidence.mayHoldKeys()
  }

  noteUse(id: string): void {
    const now = this.#now()
    if (Math.abs(now - (this.#written.get(id) ?? Number.NEGATIVE_INFINITY)) < usePauseSeconds) return
    this.#written.set(id, now)
    this.#unwritten.set(id, now)
    this.#writing ??= setTimeout(() => this.#writeUses(), useDelayMilliseconds)
    this.#writing.unref?.()
  }

  [Symbol.dispose](): void {
    if (this.#unwritten.size > 0) this.#writeUses()
    this.#close()
  }

  #now(): number {
    return Math.floor(this.#options.now() / 1000)
  }

  #writeUses(): void {
    clearTimeout(this.#writing)
    this.#writing = undefined
    const uses = [...this.#unwritten]
    this.#unwritten.clear()
    try {
      this.#look((rows, database) =>
        database.transaction(() => {
          for (const [id, seconds] of uses) rows.noteUse(id, seconds)
        }),
      )
      // It is the only change that makes no difference to who may come in, but a list has to show it.
      this.#changes++
    } catch {
      // Nobody shall be refused for it, and the next use is written again.
      for (const [id] of uses) this.#written.delete(id)
    }
  }

  #changeOne<Result>(name: string, work: (rows: KeyRows, key: ApiKey, usage: UsageRows) => Result): Result {
    if (!this.#exists()) throw notFound(name)
    return this.#change(({ rows, usage }) => {
      const key = rows.get(name) ?? bestOf(rows.named(name))
      if (!key) throw notFound(name)
      return work(rows, key, usage)
    })
  }

  #change<Result>(work: (opened: Opened) => Result): Result {
    return this.#use((opened) => {
      this.#changes++
      return opened.database.transaction(() => work(opened))
    })
  }

  /** Nothing where there is no file: looking makes none. */
  #look<Result>(work: (rows: KeyRows, database: Database, usage: UsageRows) => Result): Result | undefined {
    return this.#exists() ? this.#use(({ rows, database, usage }) => work(rows, database, usage)) : undefined
  }

  /** A file that may not be looked at is not one that is not there: that would open the door. */
  #exists(): boolean {
    const { path } = this.#options
    try {
      return path === inMemory || statSync(path) !== undefined
    } catch (error) {
      if (/^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return false
      throw unavailable(path, error)
    }
  }

  /** Opens the file if need be; whatever goes wrong with it becomes `keys_unavailable`. */
  #use<Result>(work: (opened: Opened) => Result): Result {
    const { path } = this.#options
    try {
      if (this.#opened && path !== inMemory && !this.#opened.database.isInPlace()) this.#close()
      this.#opened ??= this.#open(path)
      return work(this.#opened)
    } catch (error) {
      if (error instanceof ServerError) throw error
      throw unavailable(path, error)
    }
  }

  #open(path: string): Opened {
    const database = openDatabase(path)
    this.#files++
    return { database, rows: new KeyRows(database), usage: new UsageRows(database) }
  }

  #close(): void {
    this.#opened?.database[Symbol.dispose]()
    this.#opened = undefined
  }
}

function changed(limits: KeyLimits = {}, change: KeyLimitChange): KeyLimits {
  const all = Object.entries({ ...limits, ...change })
  return Object.fromEntries(all.filter(([, value]) => typeof value === 'number'))
}

const isHeld = ({ revokedSeconds }: Pick<ApiKey, 'revokedSeconds'>) => revokedSeconds === undefined
const bestOf = (keys: readonly ApiKey[]) => keys.find(isHeld) ?? keys.at(-1)
const notFound = (name: string) => new ServerError('key_not_found', { param: 'name', name })
const unavailable = (path: string, cause: unknown) =>
  new ServerError('keys_unavailable', { file: { path, problem: messageOf(cause) } }, { cause })
