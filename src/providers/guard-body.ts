import { Alarm } from '../core/alarm.ts'
import { ServerError } from '../core/errors.ts'

export interface GuardedBody {
  readonly body: ReadableStream<Uint8Array> | null
  readonly provider: string
  /** Bytes that the head promises, where they are counted as they come. */
  readonly expectedBytes: number | undefined
  /** Seconds of silence that are allowed, and seconds that may be waited in all. */
  readonly idleSeconds: number
  readonly wholeSeconds: number
  readonly signal: AbortSignal
  /** Ends the connection. */
  readonly abort: () => void
  /** Called once. */
  readonly onEnd: (end: BodyEnd) => void
}

/** How a body has ended: `left` where nobody wanted more of it. */
export type BodyEnd = 'whole' | 'left' | { readonly problem: string }

/**
 * The body of an answer, read when it is asked for and no sooner. Errors with `upstream_broken` where it is not whole,
 * `upstream_timeout` where nothing comes for too long, and the signal's reason once that aborts.
 */
export const guardBody = (guarded: GuardedBody): ReadableStream<Uint8Array> =>
  // Nothing is read ahead.
  new ReadableStream<Uint8Array>(new Guard(guarded), { highWaterMark: 0 })

class Guard implements UnderlyingDefaultSource<Uint8Array> {
  readonly #guarded: GuardedBody
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  /** Rings when nothing has come for too long. Time that the reader of the body takes does not count. */
  readonly #silence = new Alarm()
  #bytes = 0
  #waitedSeconds = 0
  #isOver = false
  #stop = () => {}

  constructor(guarded: GuardedBody) {
    this.#guarded = guarded
    this.#reader = guarded.body?.getReader()
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { signal } = this.#guarded
    this.#stop = () => this.#give(controller, 'left', signal.reason)
    if (signal.aborted) this.#stop()
    else signal.addEventListener('abort', this.#stop, { once: true })
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const since = performance.now()
    this.#watch(controller)
    try {
      const chunk = await this.#next()
      if (this.#isOver) return
      if (chunk) {
        this.#silence.clear()
        this.#waitedSeconds += (performance.now() - since) / 1000
        controller.enqueue(chunk)
        return
      }
      this.#checkWhole()
      this.#end('whole')
      controller.close()
    } catch (error) {
      if (!this.#isOver) this.#fail(controller, this.#broken(error))
    }
  }

  cancel(): void {
    this.#end('left')
    this.#guarded.abort()
  }

  #watch(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { idleSeconds, wholeSeconds, provider } = this.#guarded
    const seconds = Math.max(0, Math.min(idleSeconds, wholeSeconds - this.#waitedSeconds))
    this.#silence.set(seconds * 1000, () =>
      this.#fail(controller, new ServerError('upstream_timeout', { provider, ...tooLong(this.#guarded, seconds) })),
    )
  }

  /** The next piece that is not empty, or undefined at the end. */
  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = this.#reader ? await this.#reader.read() : { done: true, value: undefined }
      if (done || !value) return undefined
      this.#bytes += value.byteLength
      if (value.byteLength > 0) return value
    }
  }

  #checkWhole(): void {
    const { expectedBytes, provider } = this.#guarded
    if (expectedBytes === undefined || expectedBytes === this.#bytes) return
    const problem = `it ended after ${this.#bytes} of ${expectedBytes} bytes.`
    throw new ServerError('upstream_broken', { provider, problem })
  }

  #broken(error: unknown): ServerError {
    if (error instanceof ServerError) return error
    const { provider } = this.#guarded
    return new ServerError('upstream_broken', { provider, problem: brokenHow(error) }, { cause: error })
  }

  #fail(controller: ReadableStreamDefaultController<Uint8Array>, error: ServerError): void {
    this.#give(controller, { problem: error.message }, error)
  }

  /** Ends the connection, and gives the reader a reason in place of what may still come. */
  #give(controller: ReadableStreamDefaultController<Uint8Array>, end: BodyEnd, reason: unknown): void {
    this.#end(end)
    this.#guarded.abort()
    controller.error(reason)
  }

  #end(end: BodyEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#silence.stop()
    this.#guarded.signal.removeEventListener('abort', this.#stop)
    this.#guarded.onEnd(end)
  }
}

const tooLong = ({ idleSeconds, wholeSeconds }: GuardedBody, seconds: number) =>
  seconds < idleSeconds
    ? { problem: 'its answer was not whole in that time.', seconds: wholeSeconds }
    : { problem: 'its answer had begun, and did not go on.', seconds: idleSeconds }

function brokenHow(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: string }
  if (/InvalidHTTP|Malformed|chunk/i.test(`${code} ${message}`)) return 'what came is not HTTP as it should be.'
  if (/zlib|gzip|decompress|inflate|brotli/i.test(`${code} ${message}`)) return 'what came cannot be unpacked.'
  return 'the connection ended before the answer did.'
}
