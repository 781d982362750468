import { listenError, type ServeCall, urlOf, type WebServer } from './web-server.ts'

const defaultIdleSeconds = 30

/** Listens with Bun.serve. Throws `ListenError`. */
export function serveBun(call: ServeCall): WebServer {
  const idleSeconds = call.idleSeconds ?? defaultIdleSeconds
  const listener = listen(call, idleSeconds)
  return {
    url: urlOf(call.host, listener.port ?? call.port),
    port: listener.port ?? call.port,
    stop: () => listener.stop(false),
    closeNow: () => listener.stop(true),
    keepAlive: (request) => keepAlive({ listener, request, idleSeconds }),
    pending: () => listener.pendingRequests,
  }
}

function keepAlive(call: { listener: Bun.Server<undefined>; request: Request; idleSeconds: number }): Disposable {
  call.listener.timeout(call.request, 0)
  // Without the way back the connection would stay open for ever after the answer.
  return { [Symbol.dispose]: () => call.listener.timeout(call.request, call.idleSeconds) }
}

function listen(call: ServeCall, idleSeconds: number): Bun.Server<undefined> {
  try {
    return Bun.serve({
      hostname: call.host,
      port: call.port,
      // Two servers on one port would share its connections in silence.
      reusePort: false,
      idleTimeout: idleSeconds,
      // The routes refuse large bodies themselves: Bun's own answer has no text that says why.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
      fetch: (request, listener) =>
        call.fetch(request, { keepAlive: (kept) => keepAlive({ listener, request: kept, idleSeconds }) }),
      error(error) {
        call.log.error('a request failed outside of every route', { error: error.stack ?? error.message })
        return new Response(null, { status: 500 })
      },
    })
  } catch (error) {
    throw listenError(call, error)
  }
}
