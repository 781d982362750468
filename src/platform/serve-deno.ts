import { unlinkSync } from 'node:fs'
import process from 'node:process'
import { ListenError, type ListenPlace, listenError, type ServeCall, urlOf, type WebServer } from './web-server.ts'

/** The part of Deno's API that is used here (https://docs.deno.com/api/deno/~/Deno.serve). */
interface DenoHost {
  serve(
    options: DenoPlace & {
      signal: AbortSignal
      onListen: () => void
      onError: (error: unknown) => Response
    },
    handler: (request: Request) => Response | Promise<Response>,
  ): { readonly addr: { readonly port?: number }; readonly finished: Promise<void>; shutdown(): Promise<void> }
}

type DenoPlace = { hostname: string; port: number; cert?: string; key?: string } | { path: string }

/** Listens with Deno.serve, which has no idle time-out of its own. Throws `ListenError`. */
export function serveDeno(call: ServeCall): WebServer {
  const cut = new AbortController()
  let pending = 0
  const keepAlive = () => ({ [Symbol.dispose]: () => {} })
  const fetch = async (request: Request) => {
    pending++
    try {
      return await call.fetch(request, { keepAlive })
    } finally {
      pending--
    }
  }
  const listener = listen(call, { signal: cut.signal, fetch })
  let isClosed = false
  void listener.finished.then(() => {
    isClosed = true
    if ('path' in call) removeFile(call.path)
  })
  const port = 'host' in call ? (listener.addr.port ?? call.port) : 0
  const url = urlAt(call, port)
  return {
    url,
    port,
    stop: () => listener.shutdown(),
    async closeNow() {
      // On a listener that is gone the signal raises an error that nobody can catch.
      if (!isClosed) cut.abort()
      await listener.finished
    },
    keepAlive,
    pending: () => pending,
    renewCertificate() {
      throw new Error(`Deno gives ${url} no other certificate while it runs: start Hearth anew`)
    },
  }
}

function listen(call: ServeCall, inner: { signal: AbortSignal; fetch: (request: Request) => Promise<Response> }) {
  const { Deno: deno } = globalThis as unknown as { Deno: DenoHost }
  const onError = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    call.log.error('a request failed outside of every route', { error: text })
    return new Response(null, { status: 500 })
  }
  const before = 'mode' in call ? process.umask(0o777 & ~call.mode) : undefined
  try {
    return deno.serve({ ...placeOf(call), signal: inner.signal, onListen: () => {}, onError }, inner.fetch)
  } catch (error) {
    throw error instanceof ListenError ? error : listenError(call, error)
  } finally {
    if (before !== undefined) process.umask(before)
  }
}

function placeOf(place: ListenPlace): DenoPlace {
  if ('path' in place) return { path: place.path }
  if ('host' in place) return { hostname: place.host, port: place.port, ...place.tls }
  throw new ListenError(`Deno cannot take over ${place.url} from systemd. Use Bun, or the executable.`)
}

function urlAt(place: ListenPlace, port: number): string {
  if ('path' in place) return `unix:${place.path}`
  return 'descriptor' in place ? place.url : urlOf(place.host, port, place.tls !== undefined)
}

/** Deno leaves it. */
function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Somebody else was faster.
  }
}
