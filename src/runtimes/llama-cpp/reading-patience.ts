/** Tokens of the pieces in which long prompts are read after one was given up. */
const smallest = 64
/** After so many batches in a row that were given up, the next one is not. */
const mostStops = 2

/**
 * How long prompts are read while new work may come at any moment. A batch that is given up for it is lost, so the ones
 * after it are small, and twice as large with each that is left in peace; and however often somebody knocks, at least
 * every third goes through. Pure.
 */
export class ReadingPatience {
  #tokens = Number.POSITIVE_INFINITY
  #stops = 0

  /** Tokens of the next batch, at most. */
  get tokens(): number {
    return this.#tokens
  }

  /** Whether the next batch may be given up. */
  get mayStop(): boolean {
    return this.#stops < mostStops
  }

  /** A batch was given up. */
  stopped(): void {
    this.#stops++
    this.#tokens = smallest
  }

  /** A batch was decoded; whether it held nothing but long prompts. */
  went(isLong: boolean): void {
    this.#stops = 0
    if (isLong) this.#tokens *= 2
  }
}
