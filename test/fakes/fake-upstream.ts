import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { chunkOf, headOf, type RawRequest, readRequests, writeTo } from './http-socket.ts'
import {
  chatAnswer,
  chatEvents,
  completionAnswer,
  embeddingAnswer,
  errorAnswer,
  jsonAnswer,
  modelsAnswer,
  type UpstreamKind,
  type WholeAnswer,
} from './upstream-shapes.ts'

/** What a request meets instead of its answer. */
export type Fault =
  /** Before a byte of the answer: the connection is reset, closed, or silent for ever; or what comes is not HTTP. */
  | 'reset-before-head'
  | 'close-before-head'
  | 'silent'
  | 'not-http'
  /** A head of a megabyte, and one that never ends. */
  | 'huge-headers'
  | 'endless-headers'
  /** After the first pieces: reset, closed as if that were the end, silent, or no chunks any more. */
  | 'reset-mid-stream'
  | 'truncated'
  | 'half-open'
  | 'malformed-chunk'
  /** Fewer bytes than Content-Length says. */
  | 'short-body'
  /** A stream with an event that is no JSON; one whose pieces never end; one that says an error in its middle; none of its [DONE]. */
  | 'malformed-event'
  | 'never-ending'
  | 'error-event'
  | 'no-done'
  /** A stream with its [DONE], of which the connection stays open and silent. */
  | 'no-end'
  /** Status 200 with the page of some website, and with JSON that stops in its middle. */
  | 'web-page'
  | 'cut-json'
  /** Packed although nobody wanted it so, and packed wrongly. */
  | 'not-packed'
  | WholeAnswer

export interface FakeUpstreamOptions {
  /** Absent: `generic`. */
  readonly kind?: UpstreamKind
  /** The key that it wants. Absent: any or none. */
  readonly key?: string
  /** Names of its models. Any other is 404. */
  readonly models?: readonly string[]
  /** What it answers, piece by piece. */
  readonly pieces?: readonly string[]
  /** Awaited before each piece of a stream, from 0, and before a whole answer. */
  readonly beforePiece?: (place: number) => Promise<void> | void
  /** Absent: any free one. */
  readonly port?: number
}

/** Another server, on loopback, that does what it is told. It knows only bytes, so that it can break every rule. */
export interface FakeUpstream extends AsyncDisposable {
  /** The base address, with /v1. */
  readonly url: string
  readonly port: number
  /** All that came, in their order. */
  readonly requests: readonly RawRequest[]
  /** Connections that are open. */
  readonly open: number
  /** Bytes of bodies that were written in all. */
  readonly writtenBytes: number
  /** The next requests meet these, one each; those after them are answered. */
  fail(...faults: readonly Fault[]): void
  /** What the next requests were to meet is forgotten. */
  forget(): void
  /** Every request meets it from now on, also GET /models; undefined: none. */
  failAlways(fault: Fault | undefined): void
  /** Resolves once so many requests have come in all. */
  seen(count: number): Promise<void>
  /** Resolves with the next request whose connection the other side closes before its answer is whole, be it there already. */
  abandoned(): Promise<RawRequest>
}

export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const upstream = new Upstream(options)
  await upstream.start()
  return upstream
}

/** An address on which nothing listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}/v1`
}

class Upstream implements FakeUpstream {
  readonly requests: RawRequest[] = []
  writtenBytes = 0
  readonly #options: FakeUpstreamOptions
  readonly #server = createServer((socket) => void this.#serve(socket))
  readonly #sockets = new Set<Socket>()
  readonly #faults: Fault[] = []
  #always: Fault | undefined
  readonly #watchers = new Set<() => void>()
  readonly #abandoned: RawRequest[] = []
  readonly #waiting: ((request: RawRequest) => void)[] = []

  constructor(options: FakeUpstreamOptions) {
    this.#options = options
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }
  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`
  }
  get open(): number {
    return this.#sockets.size
  }

  async start(): Promise<void> {
    this.#server.listen(this.#options.port ?? 0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  fail(...faults: readonly Fault[]): void {
    this.#faults.push(...faults)
  }

  forget(): void {
    this.#faults.length = 0
  }

  failAlways(fault: Fault | undefined): void {
    this.#always = fault
  }

  seen(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.requests.length < count) return
        this.#watchers.delete(look)
        resolve()
      }
      this.#watchers.add(look)
      look()
    })
  }

  abandoned(): Promise<RawRequest> {
    return new Promise((resolve) => {
      const request = this.#abandoned.shift()
      if (request) resolve(request)
      else this.#waiting.push(resolve)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    if (this.#server.listening) await once(this.#server, 'close')
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    let current: RawRequest | undefined
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#sockets.delete(socket)
      if (current) this.#abandon(current)
    })
    try {
      for await (const request of readRequests(socket)) {
        current = request
        this.requests.push(request)
        for (const look of [...this.#watchers]) look()
        await this.#answer(socket, request)
        if (socket.destroyed) return
        current = undefined
      }
    } catch {
      // The other side has left, which `close` tells.
    }
  }

  #abandon(request: RawRequest): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(request)
    else this.#abandoned.push(request)
  }

  async #answer(socket: Socket, request: RawRequest): Promise<void> {
    const isModels = request.path.endsWith('/models')
    const fault = this.#always ?? (isModels ? undefined : this.#faults.shift())
    if (typeof fault === 'object') return await this.#whole(socket, fault)
    if (fault !== undefined && !duringAnswer.has(fault)) return await this.#beforeHead(socket, fault)
    const answer = this.#answerOf(request)
    if (Array.isArray(answer)) return await this.#stream(socket, answer as readonly string[], fault)
    await this.#options.beforePiece?.(0)
    await this.#whole(socket, answer as WholeAnswer, fault)
  }

  #answerOf({ path, headers, body }: RawRequest): WholeAnswer | readonly string[] {
    const { kind = 'generic', key, models = ['fake'], pieces = ['Good', ' day', '.'] } = this.#options
    if (key !== undefined && headers.authorization !== `Bearer ${key}`)
      return errorAnswer(kind, {
        status: 401,
        message: `Wrong API key: ${headers.authorization}`,
        code: 'wrong_api_key',
      })
    if (/\/models$/.test(path)) return modelsAnswer(kind, models)
    const sent = body.length > 0 && /json/.test(headers['content-type'] ?? 'json') ? JSON.parse(body.toString()) : {}
    const model = String(sent.model ?? models[0])
    if (!models.includes(model))
      return errorAnswer(kind, { status: 404, message: `model "${model}" not found`, code: 'model_not_found' })
    const wish = { model, pieces, hasUsage: sent.stream_options?.include_usage === true }
    if (/\/chat\/completions$/.test(path)) return sent.stream ? chatEvents(wish) : chatAnswer(wish)
    if (/\/completions$/.test(path)) return completionAnswer(wish, sent.stream === true)
    if (/\/embeddings$/.test(path)) return embeddingAnswer(model, sent.input)
    return jsonAnswer(200, { object: 'echo', path, sent })
  }

  async #beforeHead(socket: Socket, fault: Exclude<Fault, WholeAnswer>): Promise<void> {
    if (fault === 'reset-before-head') return void socket.resetAndDestroy()
    if (fault === 'close-before-head') return void socket.destroy()
    if (fault === 'silent') return await closing(socket)
    if (fault === 'not-http') return void socket.end('lalala\r\n\r\n')
    if (fault === 'web-page')
      return await this.#whole(socket, {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html>Hi</html>',
      })
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n')
    for (let number = 0; fault === 'endless-headers' || number < 128; number++)
      await writeTo(socket, `x-filler-${number}: ${'a'.repeat(8000)}\r\n`)
    socket.end('content-length: 2\r\n\r\n{}')
  }

  async #whole(socket: Socket, { status, headers = {}, body, encoding }: WholeAnswer, fault?: Fault): Promise<void> {
    if (encoding) {
      socket.write(headOf(status, { ...headers, 'content-length': `${body.length}` }))
      return void socket.write(body, encoding)
    }
    const length = Buffer.byteLength(body) + (fault === 'short-body' ? 10 : 0)
    const packed = fault === 'not-packed' ? { 'content-encoding': 'gzip' } : {}
    const text = fault === 'cut-json' ? body.slice(0, body.length / 2) : body
    const promised = fault === 'cut-json' ? Buffer.byteLength(text) : length
    this.writtenBytes += Buffer.byteLength(text)
    const isCut = fault === 'short-body' || fault === 'half-open' || fault === 'reset-mid-stream'
    await writeTo(socket, headOf(status, { ...headers, ...packed, 'content-length': `${promised}` }))
    await writeTo(socket, isCut && fault !== 'short-body' ? text.slice(0, text.length / 2) : text)
    if (fault === 'short-body') socket.end()
    if (fault === 'reset-mid-stream') socket.resetAndDestroy()
    if (fault === 'half-open') await closing(socket)
  }

  async #stream(socket: Socket, events: readonly string[], fault: Fault | undefined): Promise<void> {
    const write = async (text: string) => {
      this.writtenBytes += Buffer.byteLength(text)
      await writeTo(socket, chunkOf(text))
    }
    await writeTo(socket, headOf(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }))
    for (const [place, event] of events.entries()) {
      await this.#options.beforePiece?.(place)
      if (place === 2 && fault !== undefined && fault !== 'no-end')
        return await this.#breakOff(socket, { fault, write, event })
      await write(event)
    }
    await write('data: [DONE]\n\n')
    if (fault === 'no-end') return await closing(socket)
    socket.write('0\r\n\r\n')
  }

  async #breakOff(
    socket: Socket,
    { fault, write, event }: { fault: Fault; write: (text: string) => Promise<void>; event: string },
  ): Promise<void> {
    if (fault === 'reset-mid-stream') socket.resetAndDestroy()
    else if (fault === 'half-open') await closing(socket)
    else if (fault === 'malformed-chunk') socket.write('zz\r\nno chunk\r\n')
    else if (fault === 'never-ending') for (;;) await write(event)
    else if (fault === 'malformed-event') await write('data: {"choices":[{"delta":\n\n')
    else if (fault === 'error-event')
      await write('data: {"error":{"message":"out of memory","type":"server_error"}}\n\n')
    if (fault === 'truncated' || fault === 'short-body') socket.end()
    else if (!socket.destroyed && fault !== 'malformed-chunk') socket.write('0\r\n\r\n')
  }
}

const duringAnswer: ReadonlySet<Fault> = new Set([
  ...(['reset-mid-stream', 'truncated', 'half-open', 'malformed-chunk', 'short-body', 'malformed-event'] as const),
  ...(['never-ending', 'error-event', 'no-done', 'no-end', 'cut-json', 'not-packed'] as const),
])

/** Until the other side leaves. */
const closing = async (socket: Socket): Promise<void> => {
  if (!socket.destroyed) await once(socket, 'close')
}
