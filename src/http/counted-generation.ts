import { type EagerIterator, isEager, over } from '../core/eager-iterator.ts'
import type { GenerationEvent } from '../core/generation.ts'

type GenerationEnd = Extract<GenerationEvent, { readonly type: 'generation-end' }>

/** Whom the events of a generation are told besides its reader. */
export interface CountedGenerationCall {
  /** As a runtime makes it: its last event is the end, also when the signal aborts. */
  readonly source: AsyncIterable<GenerationEvent>
  /** Of the generation. */
  readonly signal: AbortSignal
  /** Called for each event but the last. */
  note(event: Exclude<GenerationEvent, GenerationEnd>): void
  /** Called once, unless the generation fails or is left while its signal has not aborted. */
  end(event: GenerationEnd): void
  /** What is thrown in place of what the source throws. Absent: the same. */
  readonly toError?: ((error: unknown) => unknown) | undefined
}

/**
 * A generation whose end is heard of even where its reader has left before: what a client that went away has cost is known
 * then.
 */
export class CountedGeneration implements EagerIterator<GenerationEvent> {
  readonly #call: CountedGenerationCall
  readonly #source: AsyncIterator<GenerationEvent>
  readonly #eager: EagerIterator<GenerationEvent> | undefined
  /** What the reader asked for last, once it was asked for anything. */
  #asked: Promise<unknown> | undefined
  #isOver = false
  #isLeft = false

  constructor(call: CountedGenerationCall) {
    this.#call = call
    this.#source = call.source[Symbol.asyncIterator]()
    this.#eager = isEager(this.#source) ? this.#source : undefined
  }

  [Symbol.asyncIterator](): EagerIterator<GenerationEvent> {
    return this
  }

  ready(): IteratorResult<GenerationEvent, undefined> | undefined {
    if (this.#isLeft) return over
    try {
      const result = this.#eager?.ready()
      return result && this.#see(result)
    } catch (error) {
      throw this.#fail(error)
    }
  }

  next(): Promise<IteratorResult<GenerationEvent, undefined>> {
    if (this.#isLeft) return Promise.resolve(over)
    const result = this.#source.next().then(this.#onResult, this.#onFailure)
    this.#asked = result
    return result
  }

  async return(): Promise<IteratorResult<GenerationEvent, undefined>> {
    this.#isLeft = true
    if (this.#asked && !this.#isOver && this.#call.signal.aborted) await this.#readToEnd()
    await this.#source.return?.()
    return over
  }

  readonly #onResult = (result: IteratorResult<GenerationEvent, unknown>) => {
    const seen = this.#see(result)
    return this.#isLeft ? over : seen
  }

  readonly #onFailure = (error: unknown) => {
    const told = this.#fail(error)
    if (this.#isLeft) return over
    throw told
  }

  /** It has been aborted, so that is not far. */
  async #readToEnd(): Promise<void> {
    await this.#asked
    try {
      while (!this.#isOver) this.#see(await this.#source.next())
    } catch {
      // It failed, and nobody is there any more who would be told.
    }
  }

  #see(result: IteratorResult<GenerationEvent, unknown>): IteratorResult<GenerationEvent, undefined> {
    if (result.done) {
      this.#isOver = true
      return over
    }
    const event = result.value
    if (event.type !== 'generation-end') this.#call.note(event)
    else if (!this.#isOver) {
      this.#isOver = true
      this.#call.end(event)
    }
    return result
  }

  #fail(error: unknown): unknown {
    this.#isOver = true
    return this.#call.toError ? this.#call.toError(error) : error
  }
}
