/** Hands events from code that runs when it must to a reader who takes them when he can. For one reader. */
export class EventQueue<Event> implements AsyncIterable<Event> {
  readonly #isLast: (event: Event) => boolean
  readonly #join: ((left: Event, right: Event) => Event | undefined) | undefined
  #events: Event[] = []
  #failure: { error: unknown } | undefined
  #wake: (() => void) | undefined

  /** `join` makes one of two events that the reader has not taken yet, where that is possible. */
  constructor(isLast: (event: Event) => boolean, join?: (left: Event, right: Event) => Event | undefined) {
    this.#isLast = isLast
    this.#join = join
  }

  push(event: Event): void {
    const last = this.#events.at(-1)
    const joined = last && this.#join?.(last, event)
    if (joined) this.#events[this.#events.length - 1] = joined
    else this.#events.push(event)
    this.#wake?.()
  }

  /** The reader gets what came before, then the error. */
  fail(error: unknown): void {
    this.#failure = { error }
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event> {
    for (;;) {
      const events = this.#events
      this.#events = []
      for (const event of events) {
        yield event
        if (this.#isLast(event)) return
      }
      if (this.#events.length > 0) continue
      if (this.#failure) throw this.#failure.error
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
