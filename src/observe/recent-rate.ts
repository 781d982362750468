/** How much has come lately: so many whole seconds back, and the one that runs. */
export class RecentRate {
  readonly #buckets: Float64Array
  readonly #now: () => number
  readonly #began: number
  #newest: number

  /** `now`: milliseconds. */
  constructor(now: () => number, seconds = 60) {
    this.#buckets = new Float64Array(seconds)
    this.#now = now
    this.#began = now()
    this.#newest = this.#second()
  }

  note(amount: number): void {
    const bucket = this.#turn() % this.#buckets.length
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + amount
  }

  /** Mean over the last so many seconds, or over as many as there have been; never over less than one. */
  perSecond(): number {
    this.#turn()
    const sum = this.#buckets.reduce((total, amount) => total + amount, 0)
    const seconds = Math.min(this.#buckets.length, (this.#now() - this.#began) / 1000)
    return sum / Math.max(1, seconds)
  }

  #second(): number {
    return Math.floor(this.#now() / 1000)
  }

  /** Empties the buckets of seconds that have passed since. Answers the second that it is. */
  #turn(): number {
    const second = this.#second()
    const passed = Math.min(second - this.#newest, this.#buckets.length)
    for (let back = 0; back < passed; back++) this.#buckets[(second - back) % this.#buckets.length] = 0
    this.#newest = Math.max(second, this.#newest)
    return this.#newest
  }
}
