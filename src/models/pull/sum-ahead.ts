import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

const CHUNK_BYTES = 1024 * 1024
/** Less than that is not worth opening the file. */
const BATCH_BYTES = 8 * CHUNK_BYTES

export interface SumEvents {
  readonly signal: AbortSignal
  /** How much of the file has been summed. */
  readonly onBytes?: (doneBytes: number, totalBytes: number) => void
}

/**
 * The SHA-256 sum of a file that is still being written: what there is in order from its start on is summed while the rest
 * comes, so that little is left to do at the end. It takes a megabyte at a time: nothing else waits for long.
 */
export class SumAhead {
  readonly #path: string
  readonly #hash = createHash('sha256')
  #doneBytes = 0
  #reachBytes = 0
  #running: Promise<void> | undefined
  #isBroken = false
  #isStopped = false

  constructor(path: string) {
    this.#path = path
  }

  /** Bytes that are in the sum. */
  get doneBytes(): number {
    return this.#doneBytes
  }

  /** Says that the file has so many bytes from its start on, which do not change any more. Returns at once. */
  reach(bytes: number): void {
    this.#reachBytes = bytes
    if (this.#running || this.#isBroken || this.#isStopped || bytes - this.#doneBytes < BATCH_BYTES) return
    this.#running = this.#follow().finally(() => {
      this.#running = undefined
    })
  }

  /** Ends what `reach` has begun. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  /** The sum of the whole file, as 64 digits. Rejects with the signal's reason once it aborts, and where it cannot be read. */
  async finish({ signal, onBytes }: SumEvents): Promise<string> {
    await this.stop()
    if (this.#isBroken) return new SumAhead(this.#path).finish({ signal, ...(onBytes && { onBytes }) })
    await this.#read(async (file, chunk) => {
      const { size } = await file.stat()
      while (await this.#take(file, chunk, Number.POSITIVE_INFINITY)) {
        signal.throwIfAborted()
        onBytes?.(this.#doneBytes, Math.max(size, this.#doneBytes))
      }
    })
    return this.#hash.digest('hex')
  }

  /** What cannot be read is told by `finish`. */
  async #follow(): Promise<void> {
    try {
      await this.#read(async (file, chunk) => {
        while (!this.#isStopped && this.#doneBytes < this.#reachBytes) await this.#take(file, chunk, this.#reachBytes)
      })
    } catch {
      this.#isBroken = true
    }
  }

  async #read(work: (file: FileHandle, chunk: Uint8Array) => Promise<void>): Promise<void> {
    const file = await open(this.#path, 'r')
    try {
      await work(file, new Uint8Array(CHUNK_BYTES))
    } finally {
      await file.close()
    }
  }

  /** False at the end of the file. */
  async #take(file: FileHandle, chunk: Uint8Array, endBytes: number): Promise<boolean> {
    const length = Math.min(chunk.byteLength, endBytes - this.#doneBytes)
    const { bytesRead } = await file.read(chunk, 0, length, this.#doneBytes)
    this.#hash.update(chunk.subarray(0, bytesRead))
    this.#doneBytes += bytesRead
    if (bytesRead === 0 && endBytes !== Number.POSITIVE_INFINITY) throw new Error('The file is shorter than was said.')
    return bytesRead > 0
  }
}
