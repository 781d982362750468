import { randomUUID } from 'node:crypto'
import { mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf, ServerError } from '../../core/errors.ts'
import { takeFileLock } from '../pull/file-lock.ts'
import { isMissing } from '../stores/found-model.ts'
import { readSmallFile, smallFileBytes } from '../stores/read-small-file.ts'

/** From an alias to the id of its model, in the order in which they were given. */
export type Aliases = Readonly<Record<string, string>>

/** All that stands in the file. */
type Pairs = Readonly<Record<string, unknown>>

/** What the file says, or why it cannot be read. */
export interface ReadAliases {
  readonly path: string
  readonly aliases: Aliases
  readonly problem?: string
}

/** So long somebody else may hold the lock: they hold it for as long as two small files take. */
const patienceMilliseconds = 10_000

/**
 * Names that were given to models for good: a JSON object in a file. It may be changed by several processes at once, and by
 * hand; whatever in it is no pair of texts is passed over, and stays there.
 */
export class AliasFile {
  readonly #path: string
  #known: (ReadAliases & { readonly stamp: string }) | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** What the file says now; a file that is not there says nothing, and one that is broken why. Never rejects. */
  async read(): Promise<ReadAliases> {
    const stamp = await stat(this.#path).then(
      ({ size, mtimeMs, ino }) => `${size} ${mtimeMs} ${ino}`,
      (error: NodeJS.ErrnoException) => `${error.code}`,
    )
    if (this.#known?.stamp !== stamp) this.#known = { stamp, ...(await parse(this.#path)) }
    return this.#known
  }

  /** Rejects with `models_folder_unwritable`; a broken file is not written over. */
  add(alias: string, id: string): Promise<void> {
    return this.#change((pairs) => ({ ...pairs, [alias]: id }))
  }

  /** Takes away the aliases that are meant. Writes nothing where there are none. Rejects as `add`. */
  async remove(isMeant: (alias: string, id: string) => boolean): Promise<void> {
    const { aliases } = await this.read()
    if (!Object.entries(aliases).some(([alias, id]) => isMeant(alias, id))) return
    const isKept = ([alias, id]: readonly [string, unknown]) => typeof id !== 'string' || !isMeant(alias, id)
    await this.#change((pairs) => Object.fromEntries(Object.entries(pairs).filter(isKept)))
  }

  async #change(change: (pairs: Pairs) => Pairs): Promise<void> {
    try {
      await mkdir(dirname(this.#path), { recursive: true })
      const signal = AbortSignal.timeout(patienceMilliseconds)
      await using _ = await takeFileLock({ path: `${this.#path}.lock`, signal })
      const pairs = await readPairs(this.#path)
      // Where it is a link, what it leads to is written, and the link stays one.
      const path = await realpath(this.#path).catch(() => this.#path)
      const text = `${JSON.stringify(change(pairs), undefined, 2)}\n`
      if (Buffer.byteLength(text) > smallFileBytes) throw new Error('it would have more names than can be read')
      await writeWhole(path, text)
    } catch (error) {
      throw new ServerError(
        'models_folder_unwritable',
        { path: this.#path, problem: messageOf(error) },
        { cause: error },
      )
    } finally {
      this.#known = undefined
    }
  }
}

/** A reader sees the file as it was or as it is to be, and never half of it. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    await writeFile(draft, text, { flush: true })
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

async function parse(path: string): Promise<ReadAliases> {
  try {
    const texts = Object.entries(await readPairs(path)).filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string',
    )
    return { path, aliases: Object.fromEntries(texts) }
  } catch (error) {
    return { path, aliases: {}, problem: `it cannot be read (${messageOf(error)})` }
  }
}

/** The file as it is; empty where there is none. Throws for what is no JSON object. */
async function readPairs(path: string): Promise<Pairs> {
  const text = await readSmallFile(path).catch((error) => {
    if (isMissing(error)) return '{}'
    throw error
  })
  // Editors of Windows put a mark in front.
  const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no JSON object')
  return value as Pairs
}
