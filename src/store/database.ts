import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Migration, migrations } from './migrations.ts'

/** A value of a column. */
export type Value = string | number | null

/**
 * One SQLite file. Every call holds up the process until it is done, so each of them is to be short. All may throw
 * what SQLite says: the disk is full, another process keeps the file locked.
 */
export interface Database extends Disposable {
  /** Answers how many rows were changed. */
  run(sql: string, ...values: readonly Value[]): number
  get<Row>(sql: string, ...values: readonly Value[]): Row | undefined
  all<Row>(sql: string, ...values: readonly Value[]): readonly Row[]
  /** All of it happens, or nothing of it. */
  transaction<Result>(work: () => Result): Result
  /** Bytes that are in use, without what was deleted. */
  usedBytes(): number
  /**
   * What was deleted is overwritten in the log of changes too, and given back to the disk, a little at a time. Another
   * process that is reading may put that off.
   */
  shrink(): void
  /**
   * Whether the path still names this file: one that was removed takes everything, and nobody ever reads it. Throws
   * where another file was put in its place under the old log of changes, which SQLite would take for that file's own.
   */
  isInPlace(): boolean
}

/** The file of a database that is in memory only. */
export const inMemory = ':memory:'

/** Milliseconds for which a call waits for another process to finish writing. */
const busyMilliseconds = 2000
/** Bytes of the log of changes that stay on the disk after they were taken over into the file. */
const keptLogBytes = 4 * 2 ** 20
/** What SQLite says where `PRAGMA auto_vacuum = INCREMENTAL` holds. */
const incremental = 2
/** Pages that one call gives back to the disk. */
const shrunkPages = 256

/**
 * Opens the file, makes it when there is none (readable for its owner only), and brings it to the newest form. Throws
 * what the file system or SQLite says. Two processes may have the same file open.
 */
export function openDatabase(path: string, steps: readonly Migration[] = migrations): Database {
  if (path !== inMemory) createPrivately(path)
  const file = new DatabaseSync(path)
  try {
    return prepare(file, { path, steps })
  } catch (error) {
    file.close()
    throw error
  }
}

function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  // SQLite gives the files beside this one the same mode.
  closeSync(openSync(path, 'a', 0o600))
}

function prepare(file: DatabaseSync, { path, steps }: { path: string; steps: readonly Migration[] }): Database {
  file.exec(`PRAGMA busy_timeout = ${busyMilliseconds}`)
  // It is written even where it is so already, and a file on a full disk is to be read all the same.
  if (Number(Object.values(file.prepare('PRAGMA auto_vacuum').get() ?? {})[0]) !== incremental)
    file.exec('PRAGMA auto_vacuum = INCREMENTAL')
  file.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA journal_size_limit = ${keptLogBytes};
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
  `)
  const database = new SqliteDatabase(file, path)
  database.transaction(() => migrate(database, file, steps))
  database.noteFiles()
  return database
}

function migrate(database: Database, file: DatabaseSync, steps: readonly Migration[]): void {
  file.exec('CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT')
  const { done } = database.get<{ done: number }>('SELECT coalesce(max(number), 0) AS done FROM migrations') ?? {
    done: 0,
  }
  const newest = steps.at(-1)?.number ?? 0
  if (done > newest)
    throw new Error(
      `it belongs to a newer version of Hearth, which has to be used with it (its form is ${done}, this version knows ${newest}); nothing in it was changed`,
    )
  for (const step of steps) {
    if (step.number <= done) continue
    file.exec(step.sql)
    database.run('INSERT INTO migrations VALUES (?, ?)', step.number, new Date().toISOString())
  }
}

class SqliteDatabase implements Database {
  readonly #file: DatabaseSync
  readonly #path: string
  #identity: string | undefined
  #logIdentity: string | undefined
  readonly #statements = new Map<string, StatementSync>()

  constructor(file: DatabaseSync, path: string) {
    this.#file = file
    this.#path = path
  }

  /** The log of changes is there from the first change on. */
  noteFiles(): void {
    this.#identity = identityOf(this.#path)
    this.#logIdentity = identityOf(`${this.#path}-wal`)
  }

  run(sql: string, ...values: readonly Value[]): number {
    return Number(this.#prepare(sql).run(...values).changes)
  }

  get<Row>(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined
  }

  all<Row>(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.#prepare(sql).all(...values) as unknown as readonly Row[]
  }

  transaction<Result>(work: () => Result): Result {
    // A reader that becomes a writer half way could not wait for another writer; this one asks at once.
    this.#file.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#file.exec('COMMIT')
      return result
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  usedBytes(): number {
    const pragma = (name: string) => Number(Object.values(this.get<object>(`PRAGMA ${name}`) ?? {})[0])
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  }

  shrink(): void {
    this.#file.exec(`PRAGMA incremental_vacuum(${shrunkPages}); PRAGMA wal_checkpoint(TRUNCATE)`)
  }

  isInPlace(): boolean {
    const identity = identityOf(this.#path)
    if (identity === this.#identity) return true
    const isUnderOldLog = this.#logIdentity !== undefined && identityOf(`${this.#path}-wal`) === this.#logIdentity
    if (identity !== undefined && isUnderOldLog)
      throw new Error(
        'it was replaced while it was in use; stop the server, delete the files of the same name that end with -wal and -shm, and start it again',
      )
    return false
  }

  [Symbol.dispose](): void {
    this.#statements.clear()
    this.#file.close()
  }

  /** SQLite has rolled back by itself when the disk is full. */
  #rollBack(): void {
    try {
      this.#file.exec('ROLLBACK')
    } catch {}
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#file.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${found.dev} ${found.ino}`
}
