/** Hands events from code that runs when it must to a reader who takes them when he can. For one reader. */
export class EventQueue<Event> implements AsyncIterable<Event> {
  readonly #isLast: (event: Event) => boolean
  #events: Event[] = []
  #failure: { error: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(isLast: (event: Event) => boolean) {
    this.#isLast = isLast
  }

  push(event: Event): void {
    this.#events.push(event)
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
