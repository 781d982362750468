/** How values are spread. */
export interface Spread {
  /** Of the values that are looked at; all others are 0 where it is 0. */
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly largest: number
}

/** The last so many of the values that were noted. Noting one costs no memory. */
export class SlidingWindow {
  readonly #values: Float64Array
  #noted = 0

  constructor(size = 512) {
    this.#values = new Float64Array(size)
  }

  note(value: number): void {
    this.#values[this.#noted++ % this.#values.length] = value
  }

  /** Percentiles are values that were noted: the smallest that is not smaller than so many of them (nearest rank). */
  spread(): Spread {
    const sorted = this.#values.slice(0, Math.min(this.#noted, this.#values.length)).sort()
    const count = sorted.length
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? 0
    const sum = sorted.reduce((total, value) => total + value, 0)
    return { count, mean: count > 0 ? sum / count : 0, p50: at(0.5), p90: at(0.9), p99: at(0.99), largest: at(1) }
  }
}
