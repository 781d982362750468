/** How many requests may wait for one model, where that may change: whoever waits already is not sent away by a new limit. */
export class QueueLimit {
  #limit: number
  /** As many as waited for one model when the limit fell, for as long as there are more of them than it allows. */
  #admitted = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get current(): number {
    return Math.max(this.#limit, this.#admitted)
  }

  /** `waiting`: the most that wait for one model now. */
  change(limit: number, waiting: number): void {
    this.#admitted = Math.min(waiting, this.current)
    this.#limit = limit
  }

  /** To be called before one more comes, with the most that wait for one model then: places that were left are gone. */
  shrink(waiting: number): void {
    this.#admitted = Math.min(this.#admitted, waiting)
  }
}
