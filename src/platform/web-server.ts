import { messageOf } from '../core/errors.ts'
/** A listening HTTP server, whichever program runs us. */
export interface WebServer {
  /** With the address that was asked for and the port that was really taken: `http://127.0.0.1:8080`. */
  readonly url: string
  readonly port: number
  /** Takes no new connections, and resolves when every running request has been answered. */
  stop(): Promise<void>
  /** Cuts every connection, whatever is running on it. */
  closeNow(): Promise<void>
  /** Takes the idle time-out off this request, however long it is silent, until the result is disposed of. */
  keepAlive(request: Request): Disposable
  /** Requests that are being answered now. */
  pending(): number
}

export interface ServeCall {
  /** An address or name of this machine; `0.0.0.0` and `::` are all of them. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Answers one request. What it throws becomes a bare 500, so it should not throw. */
  fetch(request: Request, server: Pick<WebServer, 'keepAlive'>): Response | Promise<Response>
  /** Seconds without a byte in either direction after which a connection is cut; 1 to 255. Default 30. */
  readonly idleSeconds?: number
  readonly log: { error(message: string, facts?: Readonly<Record<string, unknown>>): void }
}

/** The port is taken, or may not be taken: something to tell a person at the terminal. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** Says which port could not be had, and what to do about it. */
export function listenError(call: Pick<ServeCall, 'host' | 'port'>, cause: unknown): Error {
  const { code } = (cause ?? {}) as { code?: unknown }
  const place = `${call.host}:${call.port}`
  const advice = 'Choose another port with --port (0 takes any free one)'
  if (code === 'EADDRINUSE' || /address already in use/i.test(String(cause)))
    return new ListenError(`Port ${call.port} on ${call.host} is in use. ${advice}, or stop what is using it.`, {
      cause,
    })
  if (code === 'EACCES' || /permission denied/i.test(String(cause)))
    return new ListenError(`This user may not listen on ${place}. ${advice}; those below 1024 are reserved.`, { cause })
  if (code === 'EADDRNOTAVAIL' || /address not available/i.test(String(cause)))
    return new ListenError(`${call.host} is not an address of this machine. Choose one with --host.`, { cause })
  return new ListenError(`Cannot listen on ${place}: ${messageOf(cause)}.`, {
    cause,
  })
}

/** Writes an IPv6 address in brackets, as a URL wants it. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
