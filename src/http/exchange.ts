import { ServerError } from '../core/errors.ts'
import type { RequestTrace } from '../observe/traces/traces.ts'
import type { WebServer } from '../platform/web-server.ts'
import { linkPrefix, withoutBase } from './base-path.ts'
import { logAccess } from './hooks/access-log.ts'
import { answerHeaders } from './hooks/answer-headers.ts'
import type { Caller, RouteScope } from './hooks/authorise.ts'
import { ContentLog } from './hooks/content-log.ts'
import { type PageOrigin, pageOriginOf } from './hooks/cors.ts'
import { forwardedHost } from './hooks/forwarded-host.ts'
import type { RequestGate, RequestPlace } from './hooks/request-gate.ts'
import { correlationIdOf, requestIdOf, traceIdOf } from './hooks/request-id.ts'
import { limitTime } from './hooks/time-limit.ts'
import type { KeyAccount } from './limits/key-account.ts'
import { isMetered } from './limits/key-accounts.ts'
import { observeBegin, observeEnd } from './observing/observe-exchange.ts'
import { modelHeaders } from './providers/model-headers.ts'
import { RawReply } from './raw-reply.ts'
import { endRunning } from './running/end-running.ts'
import type { RunningRequest } from './running/running-request.ts'
import type { Services } from './services.ts'

/** Who holds the connection of a request; in-process calls have nobody. */
export type Connection = Pick<WebServer, 'keepAlive' | 'addressOf'>

/** So many bodies of the largest size may be in memory at once. */
const mostBodies = 32

interface ExchangeCall {
  readonly request: Request
  readonly services: Services
  readonly connection: Connection | undefined
  /** How many requests work at once. */
  readonly gate: RequestGate
}

/** One request on its way through the server, and the answers that carry its name. */
export class Exchange {
  readonly request: Request
  readonly id: string
  /** What it is a part of, where the client has named that. */
  readonly correlationId: string | undefined
  /** The page that it comes from, and whether that may use the server. */
  readonly page: PageOrigin
  readonly services: Services
  /** Of the path and the query alone: what stands before them is what the client says, and no part of a route. */
  readonly url: URL
  readonly path: string
  /** As the route is defined, once it is known. */
  route: string | undefined
  /** Absent where nobody traces it. */
  readonly trace: RequestTrace | undefined
  readonly #started = performance.now()
  readonly #connection: Connection | undefined
  /** Known only while the connection is there. */
  readonly #client: string | undefined
  readonly #gate: RequestGate
  /** Absent where nothing of it may be written down. */
  readonly content: ContentLog | undefined
  /** Only streams listen for it. */
  #departure: AbortController | undefined
  #hasLeft = false
  readonly #work = new AbortController()
  #stopped: ServerError | undefined
  #error: ServerError | undefined
  #running: RunningRequest | undefined
  #caller: Caller | undefined
  #account: KeyAccount | undefined
  #isCounted = false
  #kept: Disposable | undefined
  #place: RequestPlace | undefined
  #timer: Disposable | undefined
  #isFinished = false

  constructor(call: ExchangeCall) {
    this.request = call.request
    this.services = call.services
    this.#connection = call.connection
    const { headers } = call.request
    const peer = call.connection?.addressOf?.(call.request)
    const { trustedProxies: proxies, corsOrigins } = call.services.limits.current
    this.#client = proxies.clientOf(peer, headers.get('x-forwarded-for'))
    this.id = requestIdOf(call.request, call.services.newId)
    this.correlationId = correlationIdOf(call.request)
    const reachedAs = forwardedHost(headers, { peer, proxies, hosts: call.services.hosts.current })
    this.page = pageOriginOf(headers, corsOrigins, reachedAs)
    this.#gate = call.gate
    if (call.services.limits.current.logsContent) this.content = new ContentLog(call.request.headers)
    this.url = withoutBase(localUrl(call.request.url), call.services.limits.current.basePath)
    this.path = this.url.pathname
    this.trace = observeBegin(this.#observed())
    const { signal } = call.request
    if (signal.aborted) this.leave(signal.reason)
    else signal.addEventListener('abort', () => this.leave(signal.reason), { once: true })
  }

  /** Aborts when the client has left. */
  get signal(): AbortSignal {
    this.#departure ??= new AbortController()
    if (this.#hasLeft) this.#departure.abort(this.#work.signal.reason)
    return this.#departure.signal
  }

  /** Whether the client has left. */
  get hasLeft(): boolean {
    return this.#hasLeft
  }

  /** Aborts when nobody wants the answer any more: the client has left, or the request was stopped here. */
  get work(): AbortSignal {
    return this.#work.signal
  }

  /** Why the request was stopped here, where it was. */
  get stopped(): ServerError | undefined {
    return this.#stopped
  }

  /** Tells everything that works for this request that nobody waits for it any more. */
  leave(reason: unknown): void {
    this.#hasLeft = true
    // First: whoever hears of the departure finds that the work has been aborted.
    this.#work.abort(reason)
    this.#departure?.abort(reason)
  }

  /** Ends the work; the client is told why. */
  stop(reason: ServerError): void {
    if (this.#isFinished || this.#work.signal.aborted) return
    this.#stopped = reason
    this.#work.abort(reason)
  }

  /** Counts what the request was refused with, or has failed with. Only the first call counts. */
  note(error: ServerError): void {
    if (this.#error) return
    this.#error = error
    this.services.statistics.failed(error.code, this.#running?.countedAs, this.#caller?.share)
  }

  /** Who sent it is known now, and stands in the access line. Throws `rate_limited` where the key has used enough. */
  admit(caller: Caller, scope: RouteScope): void {
    this.#caller = caller
    if (caller.key) this.services.metrics.payers.admit(caller.key)
    if (!caller.key || !isMetered(scope)) return
    this.#account = this.services.accounts.of(caller.key)
    this.#account.admit()
    this.#isCounted = true
  }

  /**
   * It is one of those that have models work, which are so many at once and take so long at most. Throws
   * `too_many_requests`.
   */
  beginWork(): void {
    const { maxRequests, requestTimeoutSeconds } = this.services.limits.current
    this.#place = this.#gate.enter(maxRequests)
    this.#timer = limitTime(requestTimeoutSeconds, (reason) => this.stop(reason))
  }

  /** So many bytes more of its body are kept until it is finished. Throws `too_much_at_once`. */
  hold(bytes: number): void {
    this.#place?.hold(bytes, mostBodies * this.services.limits.current.maxBodyBytes)
  }

  /** The API key that it came with, where one was asked for. */
  get key(): Caller['key'] {
    return this.#caller?.key
  }

  /** Where what it uses is charged; absent where nothing is counted. */
  get account(): KeyAccount | undefined {
    return this.#account
  }

  /** What is told of the request ends with it. */
  track(running: RunningRequest): void {
    this.#running = running
    running.trace = this.trace
  }

  /** What stands before a path in links for this client: where a reverse proxy has the server. Empty: nothing. */
  get linkPrefix(): string {
    return linkPrefix({ request: this.request, base: this.services.limits.current.basePath })
  }

  /** Takes the idle time-out off until the request is finished: a model may be silent for as long as it wants. */
  keepAlive(): void {
    this.#kept ??= this.#connection?.keepAlive(this.request)
  }

  /** Writes the access line and gives the connection its time-out back. Only the first call counts. */
  finish(result: { status: number; bytes: number }): void {
    if (this.#isFinished) return
    this.#isFinished = true
    this.#endRunning()
    if (this.#isCounted) this.#account?.ended({ model: this.#running?.model, hasFailed: this.#hasFailed() })
    for (const held of [this.#kept, this.#place, this.#timer]) held?.[Symbol.dispose]()
    this.#observeEnd(result.status)
    this.#logEnd(result)
  }

  #logEnd(result: { status: number; bytes: number }): void {
    const { id: requestId, correlationId, path, services } = this
    const milliseconds = performance.now() - this.#started
    const about = {
      traceId: this.trace?.traceId ?? traceIdOf(this.request),
      client: this.#client,
      error: this.#error?.code,
      key: this.key?.id,
    }
    const { method } = this.request
    const record = { requestId, correlationId, method, path, ...result, milliseconds, ...about }
    logAccess(services.log, record, this.#running)
    this.content?.write(services.log, requestId)
  }

  #observed() {
    return { request: this.request, path: this.path, began: this.#started, services: this.services }
  }

  #observeEnd(status: number): void {
    const { id, trace, route } = this
    const about = { share: this.#caller?.share, key: this.key?.id, model: this.#running?.countedAs, error: this.#error }
    observeEnd({ ...this.#observed(), id, trace, route, status, ...about })
  }

  #endRunning(): void {
    const running = this.#running
    if (!running) return
    if (running.failure) this.note(running.failure)
    // Nobody was there any more to be told so.
    else if (this.#hasLeft && running.model !== undefined) this.note(new ServerError('request_cancelled', {}))
    endRunning(running, this.#error, this.services)
  }

  /** A client that has left, or was sent away by who runs the server, has met no error. */
  #hasFailed(): boolean {
    return this.#error !== undefined && this.#error.status !== 499
  }

  /** Answers with JSON, or with what a `RawReply` holds, and finishes the request. */
  reply(value: unknown, options?: { status?: number; headers?: Readonly<Record<string, string>> }): Response {
    const raw =
      value instanceof RawReply
        ? value
        : new RawReply({ body: JSON.stringify(value), headers: { 'content-type': 'application/json' } })
    const status = options?.status ?? raw.status
    const body = typeof raw.body === 'string' ? new TextEncoder().encode(raw.body) : raw.body
    if (raw.headers['content-type']?.includes('json')) this.content?.answer(body)
    this.finish({ status, bytes: body.byteLength })
    const headers = this.#headers({ ...raw.headers, ...options?.headers })
    return new Response(status === 204 ? null : body, { status, headers })
  }

  /** Answers with bytes as they come. `finish` is up to whoever makes them. */
  pass(
    bytes: ReadableStream<Uint8Array>,
    { status, headers }: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  ): Response {
    // As with a stream of events: a file that is fetched slowly would end in its middle.
    this.keepAlive()
    return new Response(bytes, { status, headers: this.#headers(headers) })
  }

  /** With what every answer says of its request. */
  #headers(own: Readonly<Record<string, string>>): Record<string, string> {
    const said = { ...own, ...modelHeaders(this.#running), ...this.#account?.headers() }
    return answerHeaders(this, said, this.services.limits.current)
  }

  /** Answers with server-sent events. `finish` is up to whoever makes them. */
  stream(events: ReadableStream<Uint8Array>, more: Readonly<Record<string, string>> = {}): Response {
    // Bun's idle time-out counts what comes in alone: without this a stream ends in its middle, however much is sent.
    this.keepAlive()
    const headers = this.#headers({
      ...more,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would hold events back until its buffer is full.
      'x-accel-buffering': 'no',
    })
    return new Response(events, { headers })
  }
}

/** Bun gives the path alone where the Host header is absent, as HTTP/1.0 allows, or is no name. */
function localUrl(url: string): URL {
  const path = url.replace(/^\w+:\/\/[^/?#]*/, '')
  return new URL(`http://localhost${path.startsWith('/') ? '' : '/'}${path}`)
}
