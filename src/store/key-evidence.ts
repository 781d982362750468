import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { prefix } from './key-secret.ts'

/** More is not searched: it would hold requests up. */
const largestSearched = 64 * 2 ** 20
const windowBytes = 2 ** 20

/**
 * Tells whether the file of a database, or its log of changes, may hold API keys, from its bytes alone: also where the database
 * cannot be used. A row of a key has the first characters of the key, and whatever is deleted is overwritten.
 */
export class KeyEvidence {
  readonly #paths: readonly string[]
  #last: { readonly stamp: string; readonly result: boolean } | undefined

  constructor(path: string) {
    this.#paths = [path, `${path}-wal`, `${path}-journal`]
  }

  /** Yes wherever it is not sure: for a file that may not be read, or is too large to be searched. Never throws. */
  mayHoldKeys(): boolean {
    try {
      const stamp = this.#paths.map(stampOf).join()
      if (this.#last?.stamp !== stamp) this.#last = { stamp, result: this.#paths.some(hasPrefix) }
      return this.#last.result
    } catch {
      return true
    }
  }
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : 'none'
}

function hasPrefix(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return false
  if (!found.isFile() || found.size > largestSearched) return true
  const file = openSync(path, 'r')
  try {
    // What stands across two windows is found, too.
    const [mark, window] = [Buffer.from(prefix), Buffer.alloc(windowBytes)]
    for (let at = 0; at < found.size; at += windowBytes - mark.length) {
      const length = readSync(file, window, 0, windowBytes, at)
      if (window.subarray(0, length).includes(mark)) return true
    }
    return false
  } finally {
    closeSync(file)
  }
}
