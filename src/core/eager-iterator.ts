/**
 * An iterator that can also be asked for what is there already, so that a reader takes together what has happened
 * together, and nobody waits a turn of the event loop to find out. For one reader, who asks for nothing while a `next`
 * of his is pending. A `return` takes effect at once, also on a `next` that is pending: that one ends.
 */
export interface EagerIterator<Event> extends AsyncIterableIterator<Event, undefined, undefined> {
  /** What `next` would give, or undefined where it has to be waited for. Throws what `next` would reject with. */
  ready(): IteratorResult<Event, undefined> | undefined
  next(): Promise<IteratorResult<Event, undefined>>
  return(): Promise<IteratorResult<Event, undefined>>
}

/** What is made of the events of a source. */
export interface Translation<In, Out> {
  /** What one event becomes, in order. What it throws ends the source. */
  push(event: In): readonly Out[]
  /** What comes after the last event. May throw. */
  end?(): readonly Out[]
  /** The last events, instead of what the source or `push` throws. May throw that or something else to the reader. */
  recover?(error: unknown): readonly Out[]
  /** Called once, when the source has ended or was left, and has cleaned up after itself. */
  close?(): void
}

/** Whether something can be gone through, its parts coming one after the other. */
export const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

/** Whether an iterator can be asked for what is there. */
export const isEager = <Event>(iterator: AsyncIterator<Event>): iterator is EagerIterator<Event> => 'ready' in iterator

/**
 * The events of a source as something else. It does what an async generator over the source would, without a generator's
 * promises: a token passes several of these on its way to a client. Eager as far as the source is.
 */
export function translate<In, Out extends object>(
  source: AsyncIterable<In>,
  translation: Translation<In, Out>,
): EagerIterator<Out> {
  return new TranslatedEvents(source[Symbol.asyncIterator](), translation)
}

/** An iterator that is made when it is first asked. What the making throws is thrown to the reader. */
export function openLate<Event>(open: () => Promise<EagerIterator<Event>>): EagerIterator<Event> {
  return new LateEvents(open)
}

/** What an iterator says that has nothing more. */
export const over = { done: true, value: undefined } as const

class TranslatedEvents<In, Out extends object> implements EagerIterator<Out> {
  readonly #source: AsyncIterator<In>
  readonly #eager: EagerIterator<In> | undefined
  readonly #translation: Translation<In, Out>
  #made: Out[] = []
  #isOver = false
  #isClosed = false

  constructor(source: AsyncIterator<In>, translation: Translation<In, Out>) {
    this.#source = source
    this.#eager = isEager(source) ? source : undefined
    this.#translation = translation
  }

  [Symbol.asyncIterator](): EagerIterator<Out> {
    return this
  }

  ready(): IteratorResult<Out, undefined> | undefined {
    for (;;) {
      const value = this.#made.shift()
      if (value) return { done: false, value }
      if (this.#isOver) return over
      if (!this.#takeReady()) return undefined
    }
  }

  next(): Promise<IteratorResult<Out, undefined>> {
    try {
      const ready = this.ready()
      if (ready) return Promise.resolve(ready)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#source.next().then(this.#onResult, this.#onFailure)
  }

  async return(): Promise<IteratorResult<Out, undefined>> {
    this.#isOver = true
    this.#made = []
    await this.#leaveSource()
    return over
  }

  readonly #onResult = (result: IteratorResult<In, unknown>) => {
    if (this.#isOver) return over
    this.#take(result)
    return this.next()
  }

  readonly #onFailure = (error: unknown) => {
    if (this.#isOver) return over
    this.#fail(error)
    return this.next()
  }

  /** False where nothing is ready. */
  #takeReady(): boolean {
    let next: IteratorResult<In, unknown> | undefined
    try {
      next = this.#eager?.ready()
    } catch (error) {
      this.#fail(error)
      return true
    }
    if (next) this.#take(next)
    return next !== undefined
  }

  #take(result: IteratorResult<In, unknown>): void {
    if (result.done) {
      this.#isOver = true
      this.#close()
      this.#made.push(...(this.#translation.end?.() ?? []))
      return
    }
    try {
      this.#made.push(...this.#translation.push(result.value))
    } catch (error) {
      this.#isOver = true
      void this.#leaveSource().catch(() => {})
      this.#recover(error)
    }
  }

  /** The source has ended with an error. */
  #fail(error: unknown): void {
    this.#isOver = true
    this.#close()
    this.#recover(error)
  }

  #recover(error: unknown): void {
    if (!this.#translation.recover) throw error
    this.#made.push(...this.#translation.recover(error))
  }

  async #leaveSource(): Promise<void> {
    try {
      await this.#source.return?.()
    } finally {
      this.#close()
    }
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#translation.close?.()
  }
}

class LateEvents<Event> implements EagerIterator<Event> {
  readonly #open: () => Promise<EagerIterator<Event>>
  #opening: Promise<EagerIterator<Event>> | undefined
  #inner: EagerIterator<Event> | undefined
  #isLeft = false

  constructor(open: () => Promise<EagerIterator<Event>>) {
    this.#open = open
  }

  [Symbol.asyncIterator](): EagerIterator<Event> {
    return this
  }

  ready(): IteratorResult<Event, undefined> | undefined {
    return this.#isLeft ? over : this.#inner?.ready()
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    return this.#inner && !this.#isLeft ? this.#inner.next() : this.#nextOfOpened()
  }

  async return(): Promise<IteratorResult<Event, undefined>> {
    this.#isLeft = true
    const inner = await this.#opening?.catch(() => undefined)
    await inner?.return()
    return over
  }

  async #nextOfOpened(): Promise<IteratorResult<Event, undefined>> {
    if (this.#isLeft) return over
    this.#opening ??= this.#open()
    this.#inner = await this.#opening
    return this.#isLeft ? over : this.#inner.next()
  }
}
