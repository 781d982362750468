import type { FileHandle } from 'node:fs/promises'
import { Pieces } from './pieces.ts'

const NOTE_MILLISECONDS = 1000

export interface PartWriterParts {
  /** What the note tells: it grows before `note` is called. */
  readonly noted: Pieces
  /** Brings the note to the disk. */
  readonly note: () => Promise<void>
  /** Called with what was written so far, for each chunk. */
  readonly onWritten?: (pieces: Pieces) => void
}

/**
 * Writes what comes of a file, piece by piece, and notes every second how much the disk has: first the bytes are brought
 * to the disk, then the note says so. What is killed at any moment in between is fetched again, never believed.
 */
export class PartWriter implements AsyncDisposable {
  /** What was written, which may be more than what is noted. */
  readonly pieces: Pieces
  readonly #file: FileHandle
  readonly #noted: Pieces
  readonly #note: () => Promise<void>
  readonly #onWritten: (pieces: Pieces) => void
  readonly #timer: ReturnType<typeof setInterval>
  #noting: Promise<void> = Promise.resolve()
  #problem: unknown
  #isBroken = false

  constructor(file: FileHandle, { noted, note, onWritten = () => {} }: PartWriterParts) {
    this.#file = file
    this.#noted = noted
    this.#note = note
    this.#onWritten = onWritten
    this.pieces = new Pieces(noted.totalBytes, noted.pieceBytes, noted.done)
    let isNoting = false
    this.#timer = setInterval(() => {
      if (isNoting || this.pieces.doneBytes === noted.doneBytes) return
      isNoting = true
      this.#noting = this.#noteDown().finally(() => {
        isNoting = false
      })
    }, NOTE_MILLISECONDS)
    this.#timer.unref()
  }

  /** Puts a chunk behind what is there of the piece. Rejects when the disk does not take it. */
  async write(piece: number, chunk: Uint8Array): Promise<void> {
    try {
      if (this.#problem) throw this.#problem
      await this.#append(piece, chunk)
    } catch (error) {
      this.#isBroken = true
      throw error
    }
  }

  async #append(piece: number, chunk: Uint8Array): Promise<void> {
    for (let written = 0; written < chunk.byteLength; ) {
      const { from } = this.pieces.missingOf(piece)
      const { bytesWritten } = await this.#file.write(chunk, written, chunk.byteLength - written, from)
      written += bytesWritten
      this.pieces.add(piece, bytesWritten)
    }
    this.#onWritten(this.pieces)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    try {
      await this.#noting
      if (this.pieces.doneBytes !== this.#noted.doneBytes) await this.#noteDown()
    } finally {
      await this.#file.close()
    }
    // What `write` has told need not be told again.
    if (this.#problem && !this.#isBroken) throw this.#problem
  }

  async #noteDown(): Promise<void> {
    const done = [...this.pieces.done]
    try {
      await this.#file.datasync()
      for (const [piece, bytes] of done.entries()) this.#noted.add(piece, bytes - (this.#noted.done[piece] ?? 0))
      await this.#note()
    } catch (error) {
      this.#problem ??= error
    }
  }
}
