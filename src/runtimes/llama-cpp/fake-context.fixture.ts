import { readFileSync, writeFileSync } from 'node:fs'
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
  /** Copies from one sequence to another, so far. */
  copies = 0
  /** States that were written to files and read from them, so far. */
  saves = 0
  loads = 0
  /** Positions that are remembered, counted from the last one: a sliding window; 1: a recurrent memory. */
  window = Number.POSITIVE_INFINITY
  /** Awaited before each copy; may throw. */
  beforeCopy: () => Promise<void> | void = () => {}
  /** Awaited before each state is written; may throw. */
  beforeSave: () => Promise<void> | void = () => {}
  /** Whether a decode that may be given up for new work is; some of it is in memory by then. */
  isKnocked: () => boolean = () => false
  #batch: Cells[] = []
  /** What each sequence's memory holds by position, also behind its end. */
  readonly #memory = new Map<number, number[]>()
  /** How much of it counts. */
  readonly #lengths = new Map<number, number>()
  /** By their places in the batch: the tokens up to there, where logits were asked for. */
  #known: (readonly number[] | undefined)[] = []
  /** Copies whose content comes with the next decode. */
  #pending: { readonly target: number; readonly source: number }[] = []
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
    this.#finishCopies()
    for (const { sequence, first, tokens, withLogits } of this.#batch) {
      const memory = this.#memoryOf(sequence)
      const length = this.#lengthOf(sequence)
      if (first !== length) throw new Error(`sequence ${sequence} goes on at ${length}, not at ${first}`)
      for (const [index, token] of tokens.entries()) {
        memory[first + index] = token
        this.#known.push(withLogits.has(index) ? memory.slice(0, first + index + 1) : undefined)
      }
      this.#lengths.set(sequence, first + tokens.length)
    }
    try {
      await this.duringDecode()
    } finally {
      this.#isDecoding = false
    }
    this.decodedSizes.push(this.#batch.reduce((sum, cells) => sum + cells.tokens.length, 0))
  }
  async decodeUnlessKnocked(): Promise<boolean> {
    await this.decodeBatch()
    return !this.isKnocked()
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
    this.#lengths.set(sequence, 0)
  }
  removeTokenCellsFromSequence(sequence: number, start: number): boolean {
    this.#touch()
    const length = this.#lengthOf(sequence)
    if (start > 0 && start < length && length > this.window) return false
    this.#lengths.set(sequence, Math.min(start, length))
    return true
  }
  getSequenceKvCacheMinPosition(sequence: number): number {
    const length = this.#lengthOf(sequence)
    return length > 0 ? Math.max(0, length - this.window) : -1
  }
  /** The cells at once, what is in them at the next decode: as llama.cpp does it between streams. */
  async copySequenceStateFromOtherSequence(target: number, source: number): Promise<number> {
    this.#touch()
    await this.beforeCopy()
    this.copies++
    this.#pending.push({ target, source })
    this.#lengths.set(target, this.#lengthOf(source))
    return this.#lengthOf(source)
  }
  /** As llama.cpp writes it, with tokens in place of keys and values. */
  async saveSequenceStateToFile(path: string, sequence: number, tokens: Uint32Array): Promise<number> {
    this.#touch()
    if (this.#pending.some(({ target }) => target === sequence)) this.offences.push('half a copy was saved')
    await this.beforeSave()
    this.saves++
    const memory = Uint32Array.from(this.#memoryOf(sequence).slice(0, this.#lengthOf(sequence)))
    writeFileSync(path, Uint32Array.of(0x67677371, 3, tokens.length, ...tokens, ...memory))
    return 12 + 8 * tokens.length
  }
  async loadSequenceStateFromFile(path: string, sequence: number, mostTokens: number): Promise<Uint32Array> {
    this.#touch()
    if (this.#pending.some(({ target, source }) => target === sequence || source === sequence))
      this.offences.push('a copy on its way was overtaken')
    const content = readFileSync(path)
    const count = content.readUInt32LE(8)
    if (count > mostTokens) throw new Error('the state is too large')
    const all = Array.from({ length: 2 * count }, (_, index) => content.readUInt32LE(12 + 4 * index))
    this.#memory.set(sequence, all.slice(count))
    this.#lengths.set(sequence, count)
    this.loads++
    return Uint32Array.from(all.slice(0, count))
  }
  #finishCopies() {
    for (const { target, source } of this.#pending) this.#memory.set(target, [...this.#memoryOf(source)])
    this.#pending = []
  }
  #lengthOf(sequence: number): number {
    return this.#lengths.get(sequence) ?? 0
  }
  #memoryOf(sequence: number): number[] {
    const memory = this.#memory.get(sequence) ?? []
    this.#memory.set(sequence, memory)
    return memory
  }
  #touch() {
    if (this.#isDecoding) this.offences.push('the memory was touched while a decode was writing to it')
  }
}
