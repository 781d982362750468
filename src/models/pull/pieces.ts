/** A stretch of a file: its first byte, and the first one behind it, which is unknown where the file's length is. */
export interface Stretch {
  readonly from: number
  readonly to: number | undefined
}

/** How much there is of a file that is fetched in pieces of one length, each from its start on. One piece: the whole file. */
export class Pieces {
  readonly totalBytes: number | undefined
  /** Absent: the file is one piece. */
  readonly pieceBytes: number | undefined
  readonly #done: number[]

  constructor(totalBytes: number | undefined, pieceBytes: number | undefined, done: readonly number[] = []) {
    this.totalBytes = totalBytes
    this.pieceBytes = totalBytes === undefined ? undefined : pieceBytes
    const count = this.pieceBytes && totalBytes ? Math.ceil(totalBytes / this.pieceBytes) : 1
    this.#done = Array.from({ length: count }, (_, index) => done[index] ?? 0)
  }

  /** Bytes of each piece. */
  get done(): readonly number[] {
    return this.#done
  }

  get doneBytes(): number {
    return this.#done.reduce((sum, bytes) => sum + bytes, 0)
  }

  get isWhole(): boolean {
    return this.totalBytes !== undefined && this.doneBytes === this.totalBytes
  }

  /** Bytes from the start of the file on, up to the first gap. */
  get contiguousBytes(): number {
    const size = this.pieceBytes
    if (size === undefined) return this.#done[0] ?? 0
    const first = this.#done.findIndex((bytes) => bytes < size)
    return first < 0 ? this.doneBytes : first * size + (this.#done[first] ?? 0)
  }

  /** Where the file ends that holds what there is. */
  get extent(): number {
    return Math.max(...this.#done.map((bytes, piece) => (bytes > 0 ? this.stretchOf(piece).from + bytes : 0)))
  }

  stretchOf(piece: number): Stretch {
    const size = this.pieceBytes
    if (size === undefined) return { from: 0, to: this.totalBytes }
    return { from: piece * size, to: Math.min((piece + 1) * size, this.totalBytes ?? 0) }
  }

  /** What is missing of a piece. */
  missingOf(piece: number): Stretch {
    const { from, to } = this.stretchOf(piece)
    return { from: from + (this.#done[piece] ?? 0), to }
  }

  /** The pieces that something is missing of, in order. */
  get open(): readonly number[] {
    return [...this.#done.keys()].filter((piece) => {
      const { from, to } = this.missingOf(piece)
      return to === undefined || from < to
    })
  }

  /** Whether what a note says can be: no piece longer than it may be, and no more pieces than there are. */
  static areSound(totalBytes: number | undefined, pieceBytes: number | undefined, done: readonly number[]): boolean {
    if (pieceBytes !== undefined && !(pieceBytes >= 1)) return false
    const pieces = new Pieces(totalBytes, pieceBytes)
    if (done.length !== pieces.done.length) return false
    return done.every((bytes, piece) => {
      const { from, to } = pieces.stretchOf(piece)
      return Number.isSafeInteger(bytes) && bytes >= 0 && (to === undefined || bytes <= to - from)
    })
  }

  /** Counts bytes that came at the end of what is there of a piece. */
  add(piece: number, bytes: number): void {
    this.#done[piece] = (this.#done[piece] ?? 0) + bytes
  }
}
