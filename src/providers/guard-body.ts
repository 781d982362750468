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
  readonly #watch: BodyWatch
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #stop = () => {}

  constructor(guarded: GuardedBody) {
    this.#guarded = guarded
    this.#watch = new BodyWatch(guarded)
    this.#reader = guarded.body?.getReader()
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { signal, abort } = this.#guarded
    this.#stop = () => {
      this.#end('left')
      abort()
      controller.error(signal.reason)
    }
    if (signal.aborted) this.#stop()
    else signal.addEventListener('abort', this.#stop, { once: true })
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { signal, abort } = this.#guarded
    try {
      const chunk = await this.#watch.next(this.#reader)
      if (signal.aborted) return
      if (chunk) return controller.enqueue(chunk)
      this.#end('whole')
      controller.close()
    } catch (error) {
      if (signal.aborted) return
      this.#end({ problem: (error as Error).message })
      abort()
      controller.error(error)
    }
  }

  cancel(): void {
    this.#end('left')
    this.#guarded.abort()
  }

  #end(end: BodyEnd): void {
    this.#guarded.signal.removeEventListener('abort', this.#stop)
    this.#guarded.onEnd(end)
  }
}

/** Counts the bytes and the waiting of one body. Time that the reader takes does not count. */
class BodyWatch {
  readonly #guarded: GuardedBody
  #bytes = 0
  #waitedSeconds = 0

  constructor(guarded: GuardedBody) {
    this.#guarded = guarded
  }

  /** The next piece that is not empty, or undefined at the end. */
  async next(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = reader ? await this.#timed(reader.read()) : { done: true, value: undefined }
      if (done || !value) return this.#checkWhole()
      this.#bytes += value.byteLength
      if (value.byteLength > 0) return value
    }
  }

  #checkWhole(): undefined {
    const { expectedBytes, provider } = this.#guarded
    if (expectedBytes === undefined || expectedBytes === this.#bytes) return
    const problem = `it ended after ${this.#bytes} of ${expectedBytes} bytes.`
    throw new ServerError('upstream_broken', { provider, problem })
  }

  async #timed<T>(reading: Promise<T>): Promise<T> {
    const { idleSeconds, wholeSeconds, provider } = this.#guarded
    const seconds = Math.max(0, Math.min(idleSeconds, wholeSeconds - this.#waitedSeconds))
    const since = performance.now()
    const silent = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => silent.reject(new ServerError('upstream_timeout', { provider, ...tooLong(this.#guarded, seconds) })),
      seconds * 1000,
    )
    try {
      return await Promise.race([reading, silent.promise])
    } catch (error) {
      if (error instanceof ServerError) throw error
      throw new ServerError('upstream_broken', { provider, problem: brokenHow(error) }, { cause: error })
    } finally {
      clearTimeout(timer)
      this.#waitedSeconds += (performance.now() - since) / 1000
    }
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
