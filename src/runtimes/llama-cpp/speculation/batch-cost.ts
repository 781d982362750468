/** Sizes of batches whose cost is kept; between them it is interpolated. Closer where guesses make the difference. */
const sizes = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024, 2048, 4096]
/** What a token more is taken to cost, as a share of a lone token, before anything was measured. */
const unknownTokenCost = 0.6
/** Largest deviation of one measurement that is believed, as a logarithm: a machine that was busy once says nothing. */
const mostDeviation = 0.3
/** How fast the speed of the machine as a whole follows its measurements; a virtual machine drifts within seconds. */
const levelGain = 0.15
/** How fast the cost of a size follows, once it was measured often: slower, or drift would be taken for proportion. */
const leastShapeGain = 0.05
/** How fast that of a size follows by which others are judged and which is measured seldom: by its age in batches. */
const baselineGain = { most: 0.4, batches: 8 }

/** After so many other batches what is known of a size is half in doubt. */
const halfDoubted = 1000

interface Neighbours {
  readonly below: number
  readonly above: number
  /** The share of `above`. */
  readonly weight: number
}

/**
 * What a batch costs by the number of its tokens, learned from those that were decoded. The speed of the machine, which
 * drifts and changes with the length of the texts, is told apart from the proportions of the sizes, which stay. Pure.
 */
export class BatchCost {
  /** Logarithms of milliseconds at a level of 0; absent: never measured. */
  readonly #shape: (number | undefined)[] = sizes.map(() => undefined)
  readonly #seen: number[] = sizes.map(() => 0)
  /** The number of the batch in which each size was measured last. */
  readonly #seenAt: number[] = sizes.map(() => 0)
  #batches = 0
  #level = 0
  /** What was asked for since the last measurement, by the number of tokens. */
  #answers: (number | undefined)[] = []

  /** Whether any batch was measured. */
  get isKnown(): boolean {
    return this.#seen.some((seen) => seen > 0)
  }

  /** The largest number of tokens that was measured; 0: none. */
  get largest(): number {
    const index = this.#seen.findLastIndex((seen) => seen > 0)
    return sizes[index] ?? 0
  }

  /** How far what is said of a size may be wrong: 0: just measured; 1: never. */
  doubt(tokens: number): number {
    const { below, above, weight } = neighboursOf(tokens)
    const index = weight < 0.5 ? below : above
    if ((this.#seen[index] ?? 0) === 0) return 1
    const age = this.#batches - (this.#seenAt[index] ?? 0)
    return age / (age + halfDoubted)
  }

  /** Takes the milliseconds of a batch of so many tokens. `isBaseline`: the others are judged by it. */
  observe(tokens: number, milliseconds: number, isBaseline = false): void {
    if (tokens < 1 || !(milliseconds > 0)) return
    this.#batches++
    const difference = Math.log(milliseconds) - Math.log(this.milliseconds(tokens))
    this.#answers = []
    const { below, above, weight } = neighboursOf(tokens)
    const nearest = weight < 0.5 ? below : above
    const age = Math.min(1, (this.#batches - 1 - (this.#seenAt[nearest] ?? 0)) / baselineGain.batches)
    const leastGain = isBaseline ? Math.max(leastShapeGain, age * baselineGain.most) : leastShapeGain
    this.#seenAt[nearest] = this.#batches
    const isNew = (this.#seen[nearest] ?? 0) === 0
    const deviation = isNew ? difference : Math.max(-mostDeviation, Math.min(mostDeviation, difference))
    const confidence = Math.min(1, ((1 - weight) * (this.#seen[below] ?? 0) + weight * (this.#seen[above] ?? 0)) / 8)
    const shares = below === above ? [[below, 1] as const] : [[below, 1 - weight] as const, [above, weight] as const]
    const before = shares.map(([index]) => Math.log(this.#atLevelZero(sizes[index] ?? 1)))
    this.#level += levelGain * confidence * deviation
    for (const [place, [index, share]] of shares.entries()) {
      const seen = this.#seen[index] ?? 0
      // The first measurement of a size is taken as it is.
      const gain = isNew && index === nearest ? 1 : share * Math.max(leastGain, 1 / (seen + 1))
      this.#shape[index] = (before[place] ?? 0) + gain * deviation
      this.#seen[index] = Math.min(1000, seen + share)
    }
  }

  /**
   * Takes the milliseconds of a batch that was decoded in pieces of those sizes. What each of them took is not known: it is
   * shared out as they were expected to.
   */
  observeAll(ubatches: readonly number[], milliseconds: number, isBaseline = false): void {
    const all = this.millisecondsOf(ubatches)
    const shares = ubatches.map((tokens) => this.milliseconds(tokens) / all)
    for (const [index, tokens] of ubatches.entries())
      this.observe(tokens, milliseconds * (shares[index] ?? 0), isBaseline)
  }

  /** What a batch is expected to take that is decoded in pieces of those sizes. */
  millisecondsOf(ubatches: readonly number[]): number {
    let sum = 0
    for (const tokens of ubatches) sum += this.milliseconds(tokens)
    return sum
  }

  /** What a batch of so many tokens is expected to take. At first, before anything was measured, in lone tokens. */
  milliseconds(tokens: number): number {
    const answer = this.#answers[tokens] ?? this.#atLevelZero(tokens) * Math.exp(this.#level)
    this.#answers[tokens] = answer
    return answer
  }

  #atLevelZero(tokens: number): number {
    const { below, above, weight } = neighboursOf(tokens)
    const low = this.#shape[below]
    const high = this.#shape[above]
    if (low !== undefined && high !== undefined) return (1 - weight) * Math.exp(low) + weight * Math.exp(high)
    return this.#between(tokens, below, above)
  }

  /** From the nearest sizes that were measured, on both sides or on one. */
  #between(tokens: number, below: number, above: number): number {
    const lower = this.#measured(below, -1)
    const upper = this.#measured(above, 1)
    if (lower && upper)
      return lower.cost + ((upper.cost - lower.cost) * (tokens - lower.size)) / (upper.size - lower.size)
    if (lower) {
      const second = this.#measured(sizes.indexOf(lower.size) - 1, -1)
      const alone = lower.cost / (1 + unknownTokenCost * (lower.size - 1))
      const measured = second && (lower.cost - second.cost) / (lower.size - second.size)
      // Never more than as many tokens in batches of the size that is known.
      const slope = Math.max(0, Math.min(measured ?? unknownTokenCost * alone, lower.cost / lower.size))
      return lower.cost + slope * (tokens - lower.size)
    }
    const at = upper ?? { size: 1, cost: 1 }
    return (at.cost * (1 + unknownTokenCost * (tokens - 1))) / (1 + unknownTokenCost * (at.size - 1))
  }

  #measured(from: number, step: 1 | -1): { size: number; cost: number } | undefined {
    for (let index = from; index >= 0 && index < sizes.length; index += step) {
      const shape = this.#shape[index]
      if (shape !== undefined) return { size: sizes[index] ?? 1, cost: Math.exp(shape) }
    }
    return undefined
  }
}

function neighboursOf(tokens: number): Neighbours {
  const found = sizes.findIndex((size) => size >= tokens)
  const above = found < 0 ? sizes.length - 1 : found
  const size = sizes[above] ?? 1
  if (found < 0 || size === tokens) return { below: above, above, weight: 0 }
  const below = above - 1
  const smaller = sizes[below] ?? 1
  return { below, above, weight: (tokens - smaller) / (size - smaller) }
}
