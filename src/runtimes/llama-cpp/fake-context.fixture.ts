import type { AddonContext } from './addon.ts'

interface Cells {
  readonly sequence: number
  readonly first: number
  readonly tokens: readonly number[]
}

/**
 * As much of llama.cpp's context as a loop over batches can do wrong: positions must follow on each other, and nobody
 * may touch the memory while a decode runs. A token's successor is its double plus one.
 */
export class FakeContext {
  readonly sequences = new Map<number, number[]>()
  /** Rules that were broken. */
  readonly offences: string[] = []
  readonly decodedSizes: number[] = []
  /** Awaited in the middle of each decode. */
  duringDecode: () => Promise<void> | void = () => {}
  /** Awaited before each choice of a token; may throw. */
  beforeSample: (place: number) => Promise<void> | void = () => {}
  #batch: Cells[] = []
  #isDecoding = false

  get context(): AddonContext {
    return this as unknown as AddonContext
  }
  initBatch(tokens: number): void {
    if (tokens < 1) throw new RangeError('Invalid batch size')
    this.#batch = []
  }
  addToBatch(sequence: number, first: number, tokens: Uint32Array, withLogits: Uint32Array): Uint32Array {
    const before = this.#batch.reduce((sum, cells) => sum + cells.tokens.length, 0)
    this.#batch.push({ sequence, first, tokens: [...tokens] })
    return withLogits.map((index) => before + index)
  }
  async decodeBatch(): Promise<void> {
    this.#isDecoding = true
    await this.duringDecode()
    this.#isDecoding = false
    for (const { sequence, first, tokens } of this.#batch) {
      const cells = this.#cellsOf(sequence)
      if (first !== cells.length) throw new Error(`sequence ${sequence} goes on at ${cells.length}, not at ${first}`)
      cells.push(...tokens)
    }
    this.decodedSizes.push(this.#batch.reduce((sum, cells) => sum + cells.tokens.length, 0))
  }
  async sampleToken(place: number, _sampler: unknown, _probabilities?: false, confidence?: true) {
    await this.beforeSample(place)
    const token = (this.#batch.flatMap(({ tokens }) => tokens)[place] ?? 0) * 2 + 1
    return confidence ? [token, undefined, 1] : token
  }
  disposeSequence(sequence: number): void {
    this.#touch()
    this.sequences.delete(sequence)
  }
  removeTokenCellsFromSequence(sequence: number, start: number): boolean {
    this.#touch()
    this.#cellsOf(sequence).length = Math.min(start, this.#cellsOf(sequence).length)
    return true
  }
  getSequenceKvCacheMinPosition(sequence: number): number {
    return this.#cellsOf(sequence).length > 0 ? 0 : -1
  }
  #cellsOf(sequence: number): number[] {
    const cells = this.sequences.get(sequence) ?? []
    this.sequences.set(sequence, cells)
    return cells
  }
  #touch() {
    if (this.#isDecoding) this.offences.push('the memory was touched while a decode was writing to it')
  }
}
