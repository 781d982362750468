/** Tokens at the end of the text that must have been there before, at least. */
export const leastMatch = 2
/** A match is not followed back any further. */
export const mostMatch = 32
/** Tokens that the chain of longer pieces is looked up by. */
const longPiece = 4
/** Places of one piece that are looked at, the latest first. */
const mostPlaces = 12
/** Tokens that one call enters at most, so that a long prompt keeps nobody waiting: a few milliseconds. */
const mostEntered = 16_384

/** Where the end of a text has been before. */
export interface Match {
  /** The place of the token that followed there. */
  readonly next: number
  /** How many tokens before it are the same as those at the end. `leastMatch` to `mostMatch`. */
  readonly length: number
}

/** Where each piece of so many tokens ended, by a hash: the latest place, and from each place the one before it. */
class PlaceChains {
  readonly #pieceLength: number
  #latest = new Int32Array(1024).fill(-1)
  #earlier = new Int32Array(512)

  constructor(pieceLength: number) {
    this.#pieceLength = pieceLength
  }

  /** `end` must be the one after that of the last call. */
  enter(tokens: readonly number[], end: number): void {
    if (end >= this.#earlier.length) this.#grow(tokens, end)
    if (end < this.#pieceLength - 1) return
    const hash = this.#hash(tokens, end)
    this.#earlier[end] = this.#latest[hash] ?? -1
    this.#latest[hash] = end
  }

  /** Ends of pieces with the same hash as the one that ends there, latest first. */
  *places(tokens: readonly number[], end: number): Iterable<number> {
    if (end < this.#pieceLength - 1) return
    let place = this.#latest[this.#hash(tokens, end)] ?? -1
    for (let count = 0; place >= 0 && count < mostPlaces; count++) {
      yield place
      place = this.#earlier[place] ?? -1
    }
  }

  #grow(tokens: readonly number[], entered: number) {
    this.#earlier = new Int32Array(this.#earlier.length * 2)
    this.#latest = new Int32Array(this.#latest.length * 2).fill(-1)
    for (let end = 0; end < entered; end++) this.enter(tokens, end)
  }

  #hash(tokens: readonly number[], end: number): number {
    let hash = 0x811c9dc5
    for (let place = end - this.#pieceLength + 1; place <= end; place++)
      hash = Math.imul(hash ^ (tokens[place] ?? 0), 0x9e3779b1) ^ (hash >>> 15)
    return (hash ^ (hash >>> 16)) & (this.#latest.length - 1)
  }
}

/**
 * Finds where the end of a growing text has been before in it. Entering a token and finding take a time that does not
 * depend on the length of the text; memory is 24 bytes a token at most, twice that for a moment.
 */
export class LookupIndex {
  readonly #long = new PlaceChains(longPiece)
  readonly #short = new PlaceChains(leastMatch)
  #entered = 0

  /**
   * Enters what was added to the text; what was there before must be the same. All but the last token, which nothing
   * has followed yet. False: so much was added that not all of it is entered yet.
   */
  extend(tokens: readonly number[]): boolean {
    const end = Math.min(tokens.length - 1, this.#entered + mostEntered)
    for (; this.#entered < end; this.#entered++) {
      this.#long.enter(tokens, this.#entered)
      this.#short.enter(tokens, this.#entered)
    }
    return this.#entered >= tokens.length - 1
  }

  /** The place with the longest match, of several the latest. All of the text must be entered. */
  find(tokens: readonly number[]): Match | undefined {
    return this.#longest(this.#long, tokens) ?? this.#longest(this.#short, tokens)
  }

  #longest(chains: PlaceChains, tokens: readonly number[]): Match | undefined {
    let best: Match | undefined
    for (const place of chains.places(tokens, tokens.length - 1)) {
      const length = matchLength(tokens, place)
      if (length >= leastMatch && length > (best?.length ?? 0)) best = { next: place + 1, length }
      if (length === mostMatch) break
    }
    return best
  }
}

function matchLength(tokens: readonly number[], place: number): number {
  const last = tokens.length - 1
  let length = 0
  while (length < mostMatch && length <= place && tokens[place - length] === tokens[last - length]) length++
  return length
}

/** So many tokens from a place on. Where the text itself ends, what was found goes on: a text that repeats itself. */
export function continuation(tokens: readonly number[], { next }: Match, count: number): number[] {
  const found: number[] = []
  for (let index = 0; index < count; index++)
    found.push((next + index < tokens.length ? tokens[next + index] : found[next + index - tokens.length]) ?? 0)
  return found
}
