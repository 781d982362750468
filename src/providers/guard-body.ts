import { Alarm } from '../core/alarm.ts'
import { ServerError } from '../core/errors.ts'
import type { UpstreamBody } from '../core/provider.ts'

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

/** Milliseconds that the end of a body may take when all that is wanted of it has come. */
const longestEnd = 1000

/** The body of an answer, as `UpstreamBody` says. */
export const guardBody = (guarded: GuardedBody): UpstreamBody => new Guard(guarded)

class Guard implements UpstreamBody {
  readonly #guarded: GuardedBody
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  /** Rings when nothing has come for too long. Time that the reader of the body takes does not count. */
  readonly #silence = new Alarm()
  #bytes = 0
  #waitedSeconds = 0
  #isOver = false
  /** What is thrown in place of what may still come. */
  #failure: { readonly reason: unknown } | undefined
  readonly #stop = () => this.#fail('left', this.#guarded.signal.reason)

  constructor(guarded: GuardedBody) {
    this.#guarded = guarded
    this.#reader = guarded.body?.getReader()
    if (guarded.signal.aborted) this.#stop()
    else guarded.signal.addEventListener('abort', this.#stop, { once: true })
  }

  async read(): Promise<Uint8Array | undefined> {
    const since = performance.now()
    if (!this.#isOver) this.#watch()
    try {
      while (!this.#isOver) {
        const { done, value } = this.#reader ? await this.#reader.read() : ended
        if (this.#isOver) break
        if (done) this.#endWhole()
        else if (value.byteLength > 0) {
          this.#silence.clear()
          this.#bytes += value.byteLength
          this.#waitedSeconds += (performance.now() - since) / 1000
          return value
        }
      }
    } catch (error) {
      this.#break(error)
    }
    if (this.#failure) throw this.#failure.reason
    return undefined
  }

  cancel(): void {
    if (this.#isOver) return
    this.#end('left')
    this.#close()
  }

  finish(): void {
    if (this.#isOver) return
    this.#end('whole')
    const timer = setTimeout(() => this.#close(), longestEnd)
    const read = this.#reader?.read() ?? Promise.resolve(ended)
    read
      .then(({ done }) => (done ? undefined : this.#close()))
      .catch(() => {})
      .finally(() => clearTimeout(timer))
  }

  #watch(): void {
    const { idleSeconds, wholeSeconds, provider } = this.#guarded
    const seconds = Math.max(0, Math.min(idleSeconds, wholeSeconds - this.#waitedSeconds))
    this.#silence.set(seconds * 1000, () =>
      this.#break(new ServerError('upstream_timeout', { provider, ...tooLong(this.#guarded, seconds) })),
    )
  }

  #endWhole(): void {
    this.#checkWhole()
    this.#end('whole')
  }

  #checkWhole(): void {
    const { expectedBytes, provider } = this.#guarded
    if (expectedBytes === undefined || expectedBytes === this.#bytes) return
    const problem = `it ended after ${this.#bytes} of ${expectedBytes} bytes.`
    throw new ServerError('upstream_broken', { provider, problem })
  }

  #break(error: unknown): void {
    if (this.#isOver) return
    const { provider } = this.#guarded
    const failure =
      error instanceof ServerError
        ? error
        : new ServerError('upstream_broken', { provider, problem: brokenHow(error) }, { cause: error })
    this.#fail({ problem: failure.message }, failure)
  }

  /** Ends the connection, and gives the reader a reason in place of what may still come. */
  #fail(end: BodyEnd, reason: unknown): void {
    this.#failure = { reason }
    this.#end(end)
    this.#close()
  }

  #close(): void {
    this.#guarded.abort()
    // A `read` that is pending ends with it.
    this.#reader?.cancel().catch(() => {})
  }

  #end(end: BodyEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#silence.stop()
    this.#guarded.signal.removeEventListener('abort', this.#stop)
    this.#guarded.onEnd(end)
  }
}

const ended = { done: true, value: undefined } as const

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
