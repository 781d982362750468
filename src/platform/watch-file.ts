import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface WatchOptions {
  /** Called when the file is another one than before, be it new, changed, gone or out of reach. Never while a call runs. */
  readonly onChange: () => void
  /** So long the file has to stay as it is before that is told: whoever writes it may not be done. Default: 200. */
  readonly settleMilliseconds?: number
  /**
   * So often it is looked at where nobody tells of changes: file systems over a network, mounts into containers, links into
   * other folders. Default: 2000.
   */
  readonly pollMilliseconds?: number
  /** Whether the system is asked to tell of changes. Default: yes; without it the file is only looked at now and then. */
  readonly usesEvents?: boolean
}

/** A file that is looked after, until it is disposed of. */
export interface FileWatch extends Disposable {
  /** Resolves when the file was looked at for the first time: changes from then on are told. */
  readonly ready: Promise<void>
}

/**
 * Looks after one file, which need not be there yet. What the system tells of its folder is only a reason to look: links are
 * followed, so that it does not matter whether a file is written in place, replaced by another of its name, moved away and
 * back, or reached over a link that is made to point elsewhere. Keeps the process up in Deno only, until it is disposed of.
 */
export const watchFile = (path: string, options: WatchOptions): FileWatch => new WatchedFile(path, options)

/** Events come in crowds. */
const crowdMilliseconds = 20

class WatchedFile implements FileWatch {
  readonly ready: Promise<void>
  readonly #path: string
  readonly #options: WatchOptions
  readonly #folder: FSWatcher | undefined
  readonly #poll: NodeJS.Timeout
  /** As it was when it was last told. */
  #told = ''
  /** As it was when it was last looked at, and since when it has been so. */
  #seen = ''
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(path: string, options: WatchOptions) {
    this.#path = path
    this.#options = options
    this.ready = stampOf(path).then((stamp) => {
      this.#told = this.#seen = stamp
    })
    this.#folder = options.usesEvents === false ? undefined : this.#watchFolder()
    this.#poll = setInterval(() => this.#lookIn(0), options.pollMilliseconds ?? 2000)
    this.#poll.unref()
  }

  /** A folder that is not there, or that nobody can watch, is looked at now and then. */
  #watchFolder(): FSWatcher | undefined {
    try {
      const watcher = watch(dirname(this.#path), { persistent: false }, () => this.#lookIn(crowdMilliseconds))
      watcher.on('error', () => watcher.close())
      return watcher
    } catch {
      return undefined
    }
  }

  /** Looks once, for all who want it meanwhile. */
  #lookIn(milliseconds: number): void {
    if (this.#timer !== undefined || this.#isClosed) return
    this.#timer = setTimeout(() => void this.#look(), milliseconds)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    await this.ready
    const stamp = await stampOf(this.#path)
    this.#timer = undefined
    if (this.#isClosed) return
    const isSettled = stamp === this.#seen
    this.#seen = stamp
    if (stamp === this.#told) return
    if (!isSettled) return this.#lookIn(this.#options.settleMilliseconds ?? 200)
    this.#told = stamp
    this.#options.onChange()
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#folder?.close()
    clearInterval(this.#poll)
    clearTimeout(this.#timer)
  }
}

/** Differs where the file may differ. The time of its change is part of it: some programs give a file back its old time. */
async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return `${(error as NodeJS.ErrnoException).code}`
  }
}
