import { type EagerIterator, over } from './eager-iterator.ts'

/** Hands events from code that runs when it must to a reader who takes them when he can. For one reader. */
export class EventQueue<Event extends object> implements AsyncIterable<Event> {
  readonly #isLast: (event: Event) => boolean
  readonly #join: ((left: Event, right: Event) => Event | undefined) | undefined
  #events: Event[] = []
  #failure: { error: unknown } | undefined
  #waiter: PromiseWithResolvers<IteratorResult<Event, undefined>> | undefined
  #isOver = false

  /** `join` makes one of two events that the reader has not taken yet, where that is possible. */
  constructor(isLast: (event: Event) => boolean, join?: (left: Event, right: Event) => Event | undefined) {
    this.#isLast = isLast
    this.#join = join
  }

  push(event: Event): void {
    if (this.#isOver) return
    const waiter = this.#waiter
    if (waiter) {
      this.#waiter = undefined
      this.#isOver = this.#isLast(event)
      waiter.resolve({ done: false, value: event })
      return
    }
    const last = this.#join && this.#events.at(-1)
    const joined = last && this.#join?.(last, event)
    if (joined) this.#events[this.#events.length - 1] = joined
    else this.#events.push(event)
  }

  /** The reader gets what came before, then the error. */
  fail(error: unknown): void {
    if (this.#isOver) return
    const waiter = this.#waiter
    if (!waiter) {
      this.#failure ??= { error }
      return
    }
    this.#waiter = undefined
    this.#isOver = true
    waiter.reject(error)
  }

  [Symbol.asyncIterator](): EagerIterator<Event> {
    return {
      ready: () => this.#ready(),
      next: () => this.#next(),
      return: async () => this.#close(),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  #ready(): IteratorResult<Event, undefined> | undefined {
    if (this.#isOver) return over
    const value = this.#events.shift()
    if (value) {
      if (this.#isLast(value)) this.#close()
      return { done: false, value }
    }
    if (!this.#failure) return undefined
    this.#close()
    throw this.#failure.error
  }

  #next(): Promise<IteratorResult<Event, undefined>> {
    try {
      const ready = this.#ready()
      if (ready) return Promise.resolve(ready)
    } catch (error) {
      return Promise.reject(error)
    }
    this.#waiter ??= Promise.withResolvers()
    return this.#waiter.promise
  }

  #close(): IteratorResult<Event, undefined> {
    this.#isOver = true
    this.#events = []
    this.#waiter?.resolve(over)
    this.#waiter = undefined
    return over
  }
}
