import { Alarm } from '../core/alarm.ts'
import { type EagerIterator, isEager } from '../core/eager-iterator.ts'
import { type EventFraming, frameEvent, streamEnd } from './event-framing.ts'

/** What a stream of server-sent events is made of (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface EventStreamCall {
  /** Advanced only when the reader wants more. */
  readonly events: AsyncIterable<unknown>
  readonly framing: EventFraming
  /** Aborts when the reader has left, be it before it took anything: `events` is closed then. */
  readonly signal: AbortSignal
  /** Silence after which a comment is sent. */
  readonly heartbeatMilliseconds: number
  /** A reader that takes nothing for so long counts as gone: it would hold its model's slot for ever. */
  readonly patienceMilliseconds: number
  /** The comment: what the request is waiting for. */
  comment(): string
  /** Turns what `events` throws into the event that ends the stream instead. */
  toErrorEvent(error: unknown): unknown
  /** The reader has left. `events` should end soon, whatever it is waiting for. */
  onLeave(reason: unknown): void
  /** What goes out, as it does. */
  onSend?(bytes: Uint8Array): void
  /** Once, after the last byte, however the stream ended. */
  onEnd(bytes: number): void
}

/** What the events gave when they were asked. */
type Arrival = { readonly result: IteratorResult<unknown> } | { readonly error: unknown }

/** Marks that something has not happened yet. */
const notYet = Symbol('not yet')
/** Events that are ready together are sent together, up to about so much. */
const largestChunkCharacters = 16_384

/**
 * Resolves when there is something to send: the first event, or the first comment after the silence. Rejects with what
 * `events` throws before that, so that it can still be an answer with a status of its own.
 */
export async function openEventStream(call: EventStreamCall): Promise<ReadableStream<Uint8Array>> {
  const stream = new EventStream(call)
  await stream.begin()
  return new ReadableStream<Uint8Array>(
    { pull: (controller) => stream.pull(controller), cancel: (reason) => stream.cancel(reason) },
    // Without this one event would be fetched before anybody wants it.
    { highWaterMark: 0 },
  )
}

class EventStream {
  readonly #call: EventStreamCall
  readonly #iterator: AsyncIterator<unknown>
  readonly #eager: EagerIterator<unknown> | undefined
  readonly #encoder = new TextEncoder()
  /** An event was asked for and has not been taken yet: a heartbeat must not ask for a second one. */
  #isAsked = false
  /** It came, or failed, while nobody looked. */
  #arrived: Arrival | undefined
  /** Who looks for it. */
  #look: PromiseWithResolvers<IteratorResult<unknown> | typeof notYet> | undefined
  #begun: IteratorResult<unknown> | typeof notYet | undefined
  #bytes = 0
  #isOver = false
  /** Ends the silence while an event is awaited, and the stream while its reader takes nothing. Never both at once. */
  readonly #alarm = new Alarm()

  constructor(call: EventStreamCall) {
    this.#call = call
    this.#iterator = call.events[Symbol.asyncIterator]()
    this.#eager = isEager(this.#iterator) ? this.#iterator : undefined
    if (call.signal.aborted) this.#abandon()
    else call.signal.addEventListener('abort', () => this.#abandon(), { once: true })
  }

  async begin(): Promise<void> {
    this.#begun = await this.#nextWithinHeartbeat()
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#alarm.clear()
    try {
      const next = this.#begun ?? (await this.#nextWithinHeartbeat())
      this.#begun = undefined
      if (next === notYet) this.#send(controller, `: ${this.#call.comment()}\n\n`)
      else await this.#sendReady(controller, next)
    } catch (error) {
      this.#send(controller, this.#frame(this.#call.toErrorEvent(error)))
      this.#close(controller)
    }
  }

  cancel(reason: unknown): void {
    this.#call.onLeave(reason)
    this.#abandon()
  }

  /** Sends an event together with those that are ready behind it. */
  async #sendReady(
    controller: ReadableStreamDefaultController<Uint8Array>,
    first: IteratorResult<unknown>,
  ): Promise<void> {
    let text = ''
    try {
      let next: IteratorResult<unknown> | typeof notYet = first
      while (next !== notYet && !next.done) {
        text += this.#frame(next.value)
        if (text.length >= largestChunkCharacters) break
        next = this.#eager ? (this.#eager.ready() ?? notYet) : await this.#nextWithinTurn()
      }
      if (next !== notYet && next.done) {
        text += streamEnd[this.#call.framing]
        this.#send(controller, text)
        this.#close(controller)
        return
      }
    } catch (error) {
      this.#send(controller, text)
      throw error
    }
    this.#send(controller, text)
  }

  #nextWithinHeartbeat(): Promise<IteratorResult<unknown> | typeof notYet> {
    const look = this.#lookForNext()
    this.#alarm.set(this.#call.heartbeatMilliseconds, () => this.#giveAnswer({ result: notYet }))
    if (this.#arrived) this.#arrive(this.#arrived)
    return look
  }

  #nextWithinTurn(): Promise<IteratorResult<unknown> | typeof notYet> {
    const look = this.#lookForNext()
    const own = this.#look
    setImmediate(() => this.#look === own && this.#giveAnswer({ result: notYet }))
    return look
  }

  #lookForNext(): Promise<IteratorResult<unknown> | typeof notYet> {
    this.#look = Promise.withResolvers()
    if (!this.#isAsked) {
      this.#isAsked = true
      this.#iterator.next().then(this.#onResult, this.#onError)
    }
    return this.#look.promise
  }

  readonly #onResult = (result: IteratorResult<unknown>) => this.#arrive({ result })
  readonly #onError = (error: unknown) => this.#arrive({ error })

  #arrive(arrival: Arrival): void {
    this.#arrived = this.#look ? undefined : arrival
    if (!this.#look) return
    this.#isAsked = false
    this.#restAlarm()
    this.#giveAnswer(arrival)
  }

  #giveAnswer(arrival: Arrival | { readonly result: typeof notYet }): void {
    const look = this.#look
    this.#look = undefined
    if ('error' in arrival) look?.reject(arrival.error)
    else look?.resolve(arrival.result)
  }

  /** A stream that is over leaves no timer behind. */
  #restAlarm(): void {
    if (this.#isOver) this.#alarm.stop()
    else this.#alarm.clear()
  }

  #frame(event: unknown): string {
    return frameEvent(event, this.#call.framing)
  }

  #send(controller: ReadableStreamDefaultController<Uint8Array>, text: string): void {
    if (this.#isOver || text === '') return
    const bytes = this.#encoder.encode(text)
    this.#bytes += bytes.byteLength
    this.#call.onSend?.(bytes)
    controller.enqueue(bytes)
    this.#alarm.set(this.#call.patienceMilliseconds, () => this.#giveUp(controller))
  }

  #close(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (this.#isOver) return
    this.#end()
    controller.close()
  }

  #abandon(): void {
    if (this.#isOver) return
    this.#end()
    // A generator that waits for something runs its clean-up when that is over; nobody waits for it here.
    this.#iterator.return?.().catch(() => {})
  }

  #giveUp(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const reason = new Error('The reader took nothing for too long.')
    this.cancel(reason)
    controller.error(reason)
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#alarm.stop()
    this.#call.onEnd(this.#bytes)
  }
}
