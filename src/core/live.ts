/** A value that may change while the program runs. Read `current` each time: what it gave before may be out of date. */
export interface Live<T> {
  readonly current: T
  /**
   * Called after each change, with the value that there was before it. What a listener throws keeps no other from being
   * called, and is thrown to who changed it then.
   */
  onChange(listener: (now: T, before: T) => void): Disposable
}

/** A value that its holder sets. */
export class LiveValue<T> implements Live<T> {
  #current: T
  readonly #listeners = new Set<(now: T, before: T) => void>()

  constructor(first: T) {
    this.#current = first
  }

  get current(): T {
    return this.#current
  }

  set(now: T): void {
    const before = this.#current
    this.#current = now
    const errors: unknown[] = []
    for (const listener of [...this.#listeners]) {
      try {
        listener(now, before)
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors)
  }

  onChange(listener: (now: T, before: T) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }
}

/** A part of a live value, worked out anew at each change. */
export function livePart<T, P>(whole: Live<T>, part: (whole: T) => P): Live<P> {
  const value = new LiveValue(part(whole.current))
  whole.onChange((now) => value.set(part(now)))
  return value
}
