/** Holds back what is, or may yet become, a stop text, and lets the rest go. */
export class StopSearch {
  readonly #stops: readonly string[]
  readonly #longest: number
  #held = ''
  /** Set once a stop text was found; nothing comes after it. */
  hasStopped = false

  constructor(stops: readonly string[]) {
    this.#stops = stops
    this.#longest = Math.max(0, ...stops.map((stop) => stop.length))
  }

  /** The text that became certain; empty when all of it has to wait. */
  push(text: string): string {
    if (this.hasStopped) return ''
    if (this.#longest === 0) return text
    this.#held += text
    const found = this.#firstStop()
    if (found === undefined) return this.#take(this.#held.length - this.#possibleStopLength())
    this.hasStopped = true
    return this.#take(found)
  }

  /** What was held back and turned out to be no stop text. The search goes on after it. */
  release(): string {
    return this.hasStopped ? '' : this.#take(this.#held.length)
  }

  #take(length: number): string {
    const text = this.#held.slice(0, length)
    this.#held = this.#held.slice(length)
    return text
  }

  #firstStop(): number | undefined {
    const places = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((place) => place >= 0)
    return places.length > 0 ? Math.min(...places) : undefined
  }

  /** Length of the longest end of the held text that begins a stop text. */
  #possibleStopLength(): number {
    for (let length = Math.min(this.#longest - 1, this.#held.length); length > 0; length--) {
      const tail = this.#held.slice(-length)
      if (this.#stops.some((stop) => stop.startsWith(tail))) return length
    }
    return 0
  }
}
