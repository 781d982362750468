/**
 * Turns the bytes of tokens into text that can be sent: whole characters only, and nothing that is, or may yet become,
 * a stop text.
 */
export class AnswerText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #stops: readonly string[]
  #held = ''
  /** Set once a stop text was written; nothing comes after it. */
  stopped = false

  constructor(stops: readonly string[]) {
    this.#stops = stops
  }

  /** The text that became certain with these bytes; empty when all of it has to wait. */
  push(bytes: Uint8Array): string {
    if (this.stopped || bytes.length === 0) return ''
    const text = this.#decoder.decode(bytes, { stream: true })
    if (this.#stops.length === 0) return text
    this.#held += text
    const found = this.#firstStop()
    if (found !== undefined) {
      this.stopped = true
      return this.#take(found)
    }
    return this.#take(this.#held.length - this.#possibleStopLength())
  }

  /** What was held back and turned out to be no stop text. Half a character at the end of the budget has no text. */
  end(): string {
    return this.stopped ? '' : this.#take(this.#held.length)
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
    const longest = Math.max(...this.#stops.map((stop) => stop.length)) - 1
    for (let length = Math.min(longest, this.#held.length); length > 0; length--) {
      const tail = this.#held.slice(-length)
      if (this.#stops.some((stop) => stop.startsWith(tail))) return length
    }
    return 0
  }
}
