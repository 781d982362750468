import { type EagerIterator, isEager, over } from '../../core/eager-iterator.ts'

/** Events of which the first has come, so that nothing of what may go wrong before it can go wrong any more. */
export class PeekedEvents implements EagerIterator<object> {
  readonly #source: AsyncIterator<unknown>
  #first: IteratorResult<unknown> | undefined

  private constructor(source: AsyncIterator<unknown>, first: IteratorResult<unknown>) {
    this.#source = source
    this.#first = first
  }

  /** Resolves with the first event. Throws what comes instead of it. */
  static async open(events: AsyncIterable<unknown>): Promise<PeekedEvents> {
    const source = events[Symbol.asyncIterator]()
    return new PeekedEvents(source, await source.next())
  }

  [Symbol.asyncIterator](): EagerIterator<object> {
    return this
  }

  ready(): IteratorResult<object, undefined> | undefined {
    return (
      this.#takeFirst() ??
      (isEager(this.#source) ? (this.#source.ready() as IteratorResult<object, undefined>) : undefined)
    )
  }

  next(): Promise<IteratorResult<object, undefined>> {
    const first = this.#takeFirst()
    return first ? Promise.resolve(first) : (this.#source.next() as Promise<IteratorResult<object, undefined>>)
  }

  async return(): Promise<IteratorResult<object, undefined>> {
    this.#first = over
    await this.#source.return?.()
    return over
  }

  #takeFirst(): IteratorResult<object, undefined> | undefined {
    const first = this.#first
    this.#first = first?.done ? first : undefined
    return first as IteratorResult<object, undefined> | undefined
  }
}
