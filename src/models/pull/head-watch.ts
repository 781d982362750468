import { open } from 'node:fs/promises'
import type { ByteSource } from '../gguf/byte-cursor.ts'
import { type ModelFileHead, readHead } from '../gguf/read-header.ts'

/** The reader of heads takes a megabyte at a time. */
const FIRST_BYTES = 1024 * 1024

/** Looks at the head of a file while the file comes, until enough of it is there; then it is told once. */
export class HeadWatch {
  readonly #path: string
  readonly #onHead: (head: ModelFileHead) => Promise<void>
  #nextBytes = FIRST_BYTES
  #isDone = false

  /** What `onHead` throws, and `HeaderProblem` for what is no model, comes out of `look`. */
  constructor(path: string, onHead: (head: ModelFileHead) => Promise<void>) {
    this.#path = path
    this.#onHead = onHead
  }

  async look(doneBytes: number, totalBytes: number | undefined): Promise<void> {
    if (this.#isDone || totalBytes === undefined || doneBytes < Math.min(this.#nextBytes, totalBytes)) return
    this.#nextBytes = doneBytes * 2
    const file = await open(this.#path, 'r')
    try {
      const head = await readHead(upTo(file, doneBytes), totalBytes)
      this.#isDone = true
      await this.#onHead(head)
    } catch (error) {
      if (!(error instanceof NotYet)) throw error
    } finally {
      await file.close()
    }
  }
}

/** The head ends behind what has come so far. */
class NotYet extends Error {
  override readonly name = 'NotYet'
}

/** A window that reaches beyond what is there is filled as far as that goes; only what stands there is looked at. */
function upTo(file: ByteSource, doneBytes: number): ByteSource {
  return {
    async read(buffer, offset, length, position) {
      if (position >= doneBytes) throw new NotYet()
      return file.read(buffer, offset, Math.min(length, doneBytes - position), position)
    },
  }
}
