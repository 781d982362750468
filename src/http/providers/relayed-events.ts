import { type EagerIterator, over } from '../../core/eager-iterator.ts'
import { messageOf, ServerError } from '../../core/errors.ts'
import type { UpstreamBody } from '../../core/provider.ts'
import { type EventFraming, PassedEvents } from '../event-framing.ts'
import { EventBlocks } from './event-blocks.ts'
import { failureSaid } from './failure-said.ts'
import { type ReadAnswer, readAnswer } from './read-answer.ts'

/** A stream of events that a provider sends, and who hears of it. */
export interface RelayCall {
  readonly provider: string
  readonly body: UpstreamBody
  /** As that of `UpstreamAnswer`. */
  readonly told: (words: string) => string
  /** How the stream has to end: what ends otherwise has broken off. */
  readonly framing: EventFraming
  /** Whether events that tell the usage alone were asked for by us, and are kept from the client. */
  readonly hidesUsage: boolean
  onBytes(): void
  onEvent(event: ReadAnswer): void
  /** Once, however the stream has ended: with what it has failed with, or whole, or left. */
  onEnd(error?: unknown): void
}

type Result = IteratorResult<PassedEvents, undefined>

/**
 * The events of a provider, whole ones only, as soon as they have come; nothing is read that nobody has asked for. Throws
 * `upstream_broken` where the stream ends before its end or is none, `upstream_failed` where the provider says in it that it
 * has failed, and what the body throws. Comments are dropped: there are some of this server's own.
 */
export class RelayedEvents implements EagerIterator<PassedEvents> {
  readonly #call: RelayCall
  readonly #blocks = new EventBlocks()
  #failure: { readonly error: unknown } | undefined
  #isOver = false
  #hasEnded = false

  constructor(call: RelayCall) {
    this.#call = call
  }

  [Symbol.asyncIterator](): EagerIterator<PassedEvents> {
    return this
  }

  ready(): Result | undefined {
    const failure = this.#failure
    this.#failure = undefined
    if (failure) throw this.#finish(failure.error)
    return this.#isOver ? over : undefined
  }

  async next(): Promise<Result> {
    for (let result = this.ready(); ; result = this.ready()) {
      if (result) return result
      let bytes: Uint8Array | undefined
      try {
        bytes = await this.#call.body.read()
      } catch (error) {
        if (this.#isOver) return over
        throw this.#finish(error)
      }
      if (this.#isOver) return over
      const text = bytes ? this.#take(bytes) : this.#atEnd()
      if (text !== '') return { done: false, value: new PassedEvents(text) }
    }
  }

  return(): Promise<Result> {
    this.#finish()
    this.#call.body.cancel()
    return Promise.resolve(over)
  }

  /** The text of the events that these bytes complete. A failure behind good events is thrown at the next call. */
  #take(bytes: Uint8Array): string {
    this.#call.onBytes()
    let text = ''
    try {
      this.#blocks.add(bytes)
      for (let block = this.#blocks.next(); block !== undefined; block = this.#blocks.next()) {
        text += this.#pass(block)
        if (!this.#hasEnded) continue
        this.#finish()
        // Whatever else comes is of no use.
        this.#call.body.finish()
        break
      }
    } catch (error) {
      this.#failure = {
        error: error instanceof ServerError ? error : this.#upstreamBroken(`${messageOf(error).slice(0, 200)}.`),
      }
      this.#call.body.cancel()
    }
    return text
  }

  /** What is to be sent for an event. Throws what it says or is. */
  #pass(block: string): string {
    const data = dataOf(block)
    if (data === undefined) return /^[^:]/m.test(block) ? `${block}\n\n` : ''
    const isPassed = this.#call.framing === 'passed'
    if (isDone(data)) {
      this.#hasEnded = !isPassed
      return isPassed ? `${block}\n\n` : ''
    }
    // Whoever reads it is told of no event then.
    if (data === '' || data === ' ') return ''
    const event = readAnswer(this.#parse(data))
    if (event.error && !isPassed) throw failureSaid(this.#call.provider, event.error, this.#call.told)
    this.#call.onEvent(event)
    if (this.#call.framing === 'named') this.#hasEnded = event.isLast
    return this.#call.hidesUsage && event.isUsageOnly ? '' : `${block}\n\n`
  }

  #parse(data: string): unknown {
    try {
      return JSON.parse(data)
    } catch (error) {
      if (this.#call.framing === 'passed') return undefined
      throw this.#upstreamBroken(`an event of it is no JSON: ${messageOf(error).slice(0, 100)}.`)
    }
  }

  /** The connection has ended in good order: whether the stream has, too, its last event tells. */
  #atEnd(): string {
    const rest = this.#blocks.rest()
    const isWhole = this.#call.framing === 'passed' ? rest.trim() === '' : isDone(dataOf(rest))
    if (isWhole) {
      this.#finish()
      return ''
    }
    const end = this.#call.framing === 'done' ? 'without [DONE]' : 'before its last event'
    this.#failure = { error: this.#upstreamBroken(`it ended ${end}.`) }
    return ''
  }

  #finish(error?: unknown): unknown {
    if (this.#isOver) return error
    this.#isOver = true
    this.#call.onEnd(error)
    return error
  }

  #upstreamBroken(problem: string): ServerError {
    return new ServerError('upstream_broken', { provider: this.#call.provider, problem })
  }
}

/** Some write more spaces around it than they should. */
const isDone = (data: string | undefined): boolean => data !== undefined && data.length < 32 && data.trim() === '[DONE]'

/** What an event carries; undefined where it carries nothing. */
function dataOf(block: string): string | undefined {
  // Nearly all events are one line.
  if (block.startsWith('data:') && !block.includes('\n')) return block.slice(block[5] === ' ' ? 6 : 5)
  const lines = block.split('\n').filter((line) => line.startsWith('data:'))
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(line[5] === ' ' ? 6 : 5)).join('\n')
}
