import type { AddonContext } from './addon.ts'

interface Cells {
  readonly sequence: number
  readonly first: number
  readonly tokens: readonly number[]
  readonly withLogits: ReadonlySet<number>
}

/**
 * As much of llama.cpp's context as a loop over batches can do wrong: positions must follow on each other, and nobody
 * may touch the memory while a decode runs, and chances are there only where they were asked for. What comes next is
 * found from what really is in memory.
 */
export class FakeContext {
  readonly sequences = new Map<number, number[]>()
  /** Rules that were broken. */
  readonly offences: string[] = []
  readonly decodedSizes: number[] = []
  /** Awaited in the middle of each decode, which has written to the memory by then; may throw. */
  duringDecode: () => Promise<void> | void = () => {}
  /** Awaited before each choice of a token; may throw. */
  beforeSample: (place: number) => Promise<void> | void = () => {}
  /** What comes after those tokens. */
  nextOf: (tokens: readonly number[]) => number = (tokens) => (tokens.at(-1) ?? 0) * 2 + 1
  /** The logit of another token in the place of that one, which has 0. */
  logitOf: (tokens: readonly number[], token: number) => number = () => -1
  #batch: Cells[] = []
  /** By their places in the batch: the tokens up to there, where logits were asked for. */
  #known: (readonly number[] | undefined)[] = []
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
    this.#batch.push({ sequence, first, tokens: [...tokens], withLogits: new Set(withLogits) })
    return withLogits.map((index) => before + index)
  }
  async decodeBatch(): Promise<void> {
    this.#isDecoding = true
    this.#known = []
    for (const { sequence, first, tokens, withLogits } of this.#batch) {
      const cells = this.#cellsOf(sequence)
      if (first !== cells.length) throw new Error(`sequence ${sequence} goes on at ${cells.length}, not at ${first}`)
      for (const [index, token] of tokens.entries()) {
        cells.push(token)
        this.#known.push(withLogits.has(index) ? [...cells] : undefined)
      }
    }
    try {
      await this.duringDecode()
    } finally {
      this.#isDecoding = false
    }
    this.decodedSizes.push(this.#batch.reduce((sum, cells) => sum + cells.tokens.length, 0))
  }
  async sampleToken(
    place: number,
    _sampler: unknown,
    _probabilities?: false,
    confidence?: boolean,
    [wanted = []]: readonly [wanted?: readonly number[], ...rest: unknown[]] = [],
  ) {
    await this.beforeSample(place)
    const tokens = this.#known[place]
    if (!tokens) throw new Error(`there are no logits at ${place}`)
    const token = this.nextOf(tokens)
    if (confidence === undefined) return token
    const others = wanted.filter((each) => each !== token).flatMap((each) => [each, this.logitOf(tokens, each)])
    return [token, undefined, confidence ? 1 : undefined, [token, 0, ...others], 1]
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
