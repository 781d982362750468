import { abortedEnd } from '../../core/aborted-end.ts'
import type { EagerIterator } from '../../core/eager-iterator.ts'
import { EventQueue } from '../../core/event-queue.ts'
import type { GenerationEvent } from '../../core/generation.ts'

/** Where a generation hears what the child says of it. */
export interface GenerationSink {
  event(event: GenerationEvent): void
  fail(error: unknown): void
}

interface IsolatedGenerationCall {
  readonly signal: AbortSignal
  /** Asks the child for the generation, and gives its id. Throws when there is no child. */
  start(sink: GenerationSink): number
  /** Tells the child that nobody wants it any more. */
  cancel(id: number): void
}

/** A generation in another process, from the first time that it is asked for an event. */
export class IsolatedGeneration implements EagerIterator<GenerationEvent> {
  readonly #call: IsolatedGenerationCall
  readonly #queue = new EventQueue<GenerationEvent>((event) => event.type === 'generation-end')
  readonly #events = this.#queue[Symbol.asyncIterator]()
  readonly #over = Promise.withResolvers<void>()
  #id: number | undefined
  #hasBegun = false

  constructor(call: IsolatedGenerationCall) {
    this.#call = call
  }

  [Symbol.asyncIterator](): EagerIterator<GenerationEvent> {
    return this
  }

  ready(): IteratorResult<GenerationEvent, undefined> | undefined {
    return this.#events.ready()
  }

  next(): Promise<IteratorResult<GenerationEvent, undefined>> {
    try {
      if (!this.#hasBegun) this.#start()
      return this.#events.next()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async return(): Promise<IteratorResult<GenerationEvent, undefined>> {
    this.#cancel()
    const end = await this.#events.return()
    // The slot is free only when the child says so, even if nobody listens any more.
    if (this.#id !== undefined) await this.#over.promise
    return end
  }

  #start(): void {
    this.#hasBegun = true
    const { signal } = this.#call
    // The child could be at its first token before it hears that nobody wants it.
    if (signal.aborted) {
      this.#end()
      this.#queue.push(abortedEnd(0))
      return
    }
    this.#id = this.#call.start({
      event: (event) => {
        if (event.type === 'generation-end') this.#end()
        this.#queue.push(event)
      },
      fail: (error) => {
        this.#end()
        this.#queue.fail(error)
      },
    })
    signal.addEventListener('abort', this.#cancel)
  }

  readonly #cancel = (): void => {
    if (this.#id !== undefined) this.#call.cancel(this.#id)
  }

  #end(): void {
    this.#call.signal.removeEventListener('abort', this.#cancel)
    this.#over.resolve()
  }
}
