import { listenError, type ServeCall, urlOf, type WebServer } from './web-server.ts'

/** The part of Deno's API that is used here (https://docs.deno.com/api/deno/~/Deno.serve). */
interface DenoHost {
  serve(
    options: {
      hostname: string
      port: number
      signal: AbortSignal
      onListen: () => void
      onError: (error: unknown) => Response
    },
    handler: (request: Request) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number }; readonly finished: Promise<void>; shutdown(): Promise<void> }
}

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
  })
  return {
    url: urlOf(call.host, listener.addr.port),
    port: listener.addr.port,
    stop: () => listener.shutdown(),
    async closeNow() {
      // On a listener that is gone the signal raises an error that nobody can catch.
      if (!isClosed) cut.abort()
      await listener.finished
    },
    keepAlive,
    pending: () => pending,
  }
}

function listen(call: ServeCall, inner: { signal: AbortSignal; fetch: (request: Request) => Promise<Response> }) {
  const { Deno: deno } = globalThis as unknown as { Deno: DenoHost }
  const onError = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    call.log.error('a request failed outside of every route', { error: text })
    return new Response(null, { status: 500 })
  }
  try {
    const options = { hostname: call.host, port: call.port, signal: inner.signal, onListen: () => {}, onError }
    return deno.serve(options, inner.fetch)
  } catch (error) {
    throw listenError(call, error)
  }
}
