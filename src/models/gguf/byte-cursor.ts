import { HeaderProblem } from './header-problem.ts'

const WINDOW_BYTES = 1024 * 1024

/** No head of a real model comes near this; one that claims to is not read to its end. */
const HEAD_LIMIT_BYTES = 256 * 1024 * 1024

/** Where the bytes of a file come from; an open file is one. */
export interface ByteSource {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
}

/**
 * Reads a file from its start through one window of a megabyte, so that memory does not grow with the file. Every
 * length is checked against the file before anything is allocated; what does not fit is a `HeaderProblem`.
 */
export class ByteCursor {
  readonly #file: ByteSource
  readonly #fileBytes: number
  #window: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#window.buffer)
  /** Where the window starts in the file, and where the cursor stands in the window. */
  #windowStart = 0
  #offset = 0
  #bytesRead = 0

  constructor(file: ByteSource, fileBytes: number) {
    this.#file = file
    this.#fileBytes = fileBytes
  }

  get position(): number {
    return this.#windowStart + this.#offset
  }

  /** Throws unless the file has that many bytes behind the cursor. */
  demand(bytes: number): void {
    if (bytes > this.#fileBytes - this.position) throw this.#truncated(bytes)
  }

  /** Moves on without reading. */
  skip(bytes: number): void {
    this.demand(bytes)
    this.#offset += bytes
  }

  /** Moves over strings, each a 64-bit length and its bytes, without making a string of any. */
  async skipStrings(count: number): Promise<void> {
    for (let done = 0; done < count; ) {
      await this.#need(8)
      done += this.#skipStringsInWindow(count - done)
    }
  }

  async uint8(): Promise<number> {
    await this.#need(1)
    return this.#view.getUint8(this.#advance(1))
  }

  async uint32(): Promise<number> {
    await this.#need(4)
    return this.#view.getUint32(this.#advance(4), true)
  }

  /** A 64-bit count or length; one beyond what a number holds exactly is damage. */
  async uint64(): Promise<number> {
    await this.#need(8)
    const value = this.#view.getBigUint64(this.#advance(8), true)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new HeaderProblem('damaged', `a number in its head is ${value}`)
    return Number(value)
  }

  /** Throws `damaged` when the string is longer than `limitBytes`. */
  async string(limitBytes: number): Promise<string> {
    const bytes = await this.uint64()
    this.demand(bytes)
    if (bytes > limitBytes) throw new HeaderProblem('damaged', `a text in its head claims to be ${bytes} bytes long`)
    await this.#need(bytes)
    const start = this.#advance(bytes)
    return new TextDecoder().decode(this.#window.subarray(start, start + bytes))
  }

  /** The bytes at the cursor, to be read at once: the next call may replace them. */
  async bytes(count: number): Promise<DataView> {
    await this.#need(count)
    return new DataView(this.#window.buffer, this.#window.byteOffset + this.#advance(count), count)
  }

  #advance(bytes: number): number {
    const before = this.#offset
    this.#offset += bytes
    return before
  }

  #skipStringsInWindow(limit: number): number {
    const view = this.#view
    let offset = this.#offset
    let done = 0
    for (; done < limit && offset + 8 <= view.byteLength; done++) {
      const bytes = view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32
      if (bytes > this.#fileBytes - this.#windowStart - offset - 8) throw this.#truncated(bytes)
      offset += 8 + bytes
    }
    this.#offset = offset
    return done
  }

  async #need(bytes: number): Promise<void> {
    if (this.#offset + bytes <= this.#window.byteLength) return
    this.demand(bytes)
    const start = this.position
    const window = new Uint8Array(Math.min(Math.max(bytes, WINDOW_BYTES), this.#fileBytes - start))
    this.#bytesRead += window.byteLength
    if (this.#bytesRead > HEAD_LIMIT_BYTES)
      throw new HeaderProblem('damaged', `its head claims to be longer than ${HEAD_LIMIT_BYTES} bytes`)
    for (let filled = 0; filled < window.byteLength; ) {
      const { bytesRead } = await this.#file.read(window, filled, window.byteLength - filled, start + filled)
      if (bytesRead === 0) throw this.#truncated(bytes)
      filled += bytesRead
    }
    this.#window = window
    this.#view = new DataView(window.buffer)
    this.#windowStart = start
    this.#offset = 0
  }

  #truncated(wanted: number): HeaderProblem {
    return new HeaderProblem(
      'truncated',
      `the file ends within its head, at ${this.#fileBytes} bytes (${wanted} more are needed at ${this.position})`,
    )
  }
}
