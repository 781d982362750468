import http from 'node:http'
import process from 'node:process'
import { adoptSocket, makeAndFind } from './adopt-socket.ts'
import {
  type CertificatePair,
  ListenError,
  type ListenPlace,
  listenError,
  type ServeCall,
  type ServeHandler,
  urlOf,
  type WebServer,
} from './web-server.ts'

const defaultIdleSeconds = 30
/** Bun takes no more. */
const mostIdleSeconds = 255

/**
 * Listens with Bun.serve. Throws `ListenError`. `keepsSocket`: whether its socket stays when its certificate changes, where
 * that can be done; else it is closed and made anew.
 */
export const serveBun = (call: ServeCall, keepsSocket = true): WebServer => new BunServer(call, keepsSocket)

class BunServer implements WebServer {
  readonly url: string
  readonly port: number
  #call: ServeCall
  readonly #idleSeconds: number
  /** Those before it have an older certificate, and go when their connections have gone. */
  #current: Bun.Server<undefined>
  readonly #former = new Set<Bun.Server<undefined>>()
  /** What is being answered, and by whom; a request that is kept alive stands in it until it is not. */
  readonly #working = new Map<Request, Bun.Server<undefined>>()
  /** Descriptor of what it listens on, where that can be given to a server with another certificate. */
  #socket: number | undefined

  constructor(call: ServeCall, keepsSocket: boolean) {
    this.#idleSeconds = Math.min(Math.ceil(call.idleSeconds ?? defaultIdleSeconds), mostIdleSeconds)
    if (call.headBytes !== undefined) limitHeads(call.headBytes)
    this.#call = call
    const { server, socket } = this.#listen(call)
    this.#current = server
    this.#socket = keepsSocket ? socket : undefined
    this.port = 'host' in call ? (this.#current.port ?? call.port) : 0
    this.url = urlAt(call, this.port)
  }

  async stop(): Promise<void> {
    await Promise.all([this.#current.stop(false), ...[...this.#former].map((server) => server.stop(false))])
  }

  async closeNow(): Promise<void> {
    await Promise.all([this.#current.stop(true), ...[...this.#former].map((server) => server.stop(true))])
  }

  keepAlive(request: Request): Disposable {
    return this.#keepAlive(this.#current, request)
  }

  busyPorts(): readonly number[] {
    return [...this.#working].flatMap(([request, listener]) => listener.requestIP(request)?.port ?? [])
  }

  pending(): number {
    return [this.#current, ...this.#former].reduce((sum, server) => sum + server.pendingRequests, 0)
  }

  renewCertificate(tls: CertificatePair): void {
    if (!('tls' in this.#call) || this.#call.tls === undefined) throw new Error(`${this.url} speaks no HTTPS`)
    const former = this.#current
    if (this.#socket !== undefined) {
      // What waits in its queue stays there; a certificate that Bun does not take changes nothing.
      const next = adoptSocket(this.#socket, () => this.#serveOnAnyPort({ ...this.#call, tls }))
      this.#retire(former)
      this.#socket = next.socket
      this.#current = next.server
      return
    }
    const place = 'host' in this.#call ? { host: this.#call.host, port: this.port } : {}
    // The port is free at once, while connections on it go on: Bun knows no way to give a listener another certificate.
    this.#retire(former)
    this.#current = this.#listenOrElse({ ...this.#call, ...place, tls }, { ...this.#call, ...place })
    this.#call = { ...this.#call, tls }
  }

  #retire(server: Bun.Server<undefined>): void {
    this.#former.add(server)
    void server.stop(false).finally(() => this.#former.delete(server))
  }

  /** With the old certificate where the new one is not taken: throws either way then. */
  #listenOrElse(call: ServeCall, former: ServeCall): Bun.Server<undefined> {
    try {
      return this.#listen(call).server
    } catch (error) {
      this.#current = this.#listen(former).server
      throw error instanceof ListenError && error.cause !== undefined ? error.cause : error
    }
  }

  #listen(call: ServeCall): { server: Bun.Server<undefined>; socket?: number } {
    try {
      if ('path' in call)
        return { server: withMode(call.mode, () => Bun.serve(fileOptions(this.#options(call), call.path))) }
      if ('descriptor' in call) return adoptSocket(call.descriptor, () => this.#serveOnAnyPort(call))
      const make = () => Bun.serve({ ...this.#options(call), ...portOptions(call.host, call.port) })
      return call.tls ? makeAndFind(make) : { server: make() }
    } catch (error) {
      throw error instanceof ListenError ? error : listenError(call, error)
    }
  }

  /** Only until another socket takes the place of its own. */
  #serveOnAnyPort(call: ServeCall): Bun.Server<undefined> {
    return Bun.serve({ ...this.#options(call), ...portOptions('127.0.0.1', 0) })
  }

  #options(call: ServeCall) {
    return {
      ...('tls' in call && call.tls && { tls: { cert: call.tls.cert, key: call.tls.key } }),
      idleTimeout: this.#idleSeconds,
      // The routes refuse large bodies themselves: Bun's own answer has no text that says why.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false as const,
      fetch: (request: Request, listener: Bun.Server<undefined>) => this.#answer(call, { request, listener }),
      error(error: Error) {
        call.log.error('a request failed outside of every route', { error: error.stack ?? error.message })
        return new Response(null, { status: 500 })
      },
    }
  }

  async #answer(call: ServeHandler, { request, listener }: { request: Request; listener: Bun.Server<undefined> }) {
    let isKept = false
    this.#working.set(request, listener)
    try {
      return await call.fetch(request, {
        keepAlive: (kept) => {
          isKept = true
          return this.#keepAlive(listener, kept)
        },
        addressOf: (asked) => listener.requestIP(asked)?.address,
      })
    } finally {
      if (!isKept) this.#working.delete(request)
    }
  }

  #keepAlive(listener: Bun.Server<undefined>, request: Request): Disposable {
    listener.timeout(request, 0)
    this.#working.set(request, listener)
    return {
      [Symbol.dispose]: () => {
        this.#working.delete(request)
        // Without the way back the connection would stay open for ever after the answer.
        listener.timeout(request, this.#idleSeconds)
      },
    }
  }
}

/** Bun takes no idle time-out for a unix socket; what its types forbid it does not read. */
const fileOptions = <Options extends object>(options: Options, unix: string) =>
  ({ ...options, unix }) as Omit<Options, 'idleTimeout' | 'tls'> & { unix: string }

/** Two servers on one port would share its connections in silence. */
const portOptions = (hostname: string, port: number) => ({ hostname, port, reusePort: false })

function urlAt(place: ListenPlace, port: number): string {
  if ('path' in place) return `unix:${place.path}`
  return 'descriptor' in place ? place.url : urlOf(place.host, port, place.tls !== undefined)
}

/** Bun.serve has no option for it, but goes by what `node:http` is told for the whole process. */
function limitHeads(bytes: number): void {
  Object.assign(http, { maxHeaderSize: bytes })
}

/** Makes a file with these permissions: from the first moment on, not once it is there for everybody. */
function withMode<T>(mode: number, make: () => T): T {
  const before = process.umask(0o777 & ~mode)
  try {
    return make()
  } finally {
    process.umask(before)
  }
}
