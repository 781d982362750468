import { messageOf } from '../core/errors.ts'
import { addressText } from './listen-address.ts'

/** A listening HTTP server, whichever program runs us. */
export interface WebServer {
  /** With the address that was asked for and the port that was really taken: `http://127.0.0.1:8080`, `unix:/run/hearth.sock`. */
  readonly url: string
  /** 0 where it is no port. */
  readonly port: number
  /** Takes no new connections, and resolves when every running request has been answered. */
  stop(): Promise<void>
  /** Cuts every connection, whatever is running on it. */
  closeNow(): Promise<void>
  /** Takes the idle time-out off this request, however long it is silent, until the result is disposed of. */
  keepAlive(request: Request): Disposable
  /** The address of who sent a request that has not been answered; undefined where it has none, as through a unix socket. */
  addressOf?(request: Request): string | undefined
  /** Requests that are being answered now. */
  pending(): number
  /** Ports of the clients whose requests are being answered. Bun alone. */
  busyPorts?(): readonly number[]
  /**
   * New connections see this certificate; those that are open keep theirs, and go on. Throws a plain error, and keeps the
   * certificate that it has, where this one cannot be served or the server speaks no HTTPS; and `ListenError` where the address
   * cannot be had any more: nothing listens there then, until a call succeeds.
   */
  renewCertificate(pair: CertificatePair): void
}

/** A certificate with what it rests on, and its key, as the text of PEM files. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** Where one server listens. */
export type ListenPlace =
  | {
      /** An address or name of this machine; `0.0.0.0` and `::` are all of them. */
      readonly host: string
      /** 0: any free port. */
      readonly port: number
      /** Absent: HTTP. */
      readonly tls?: CertificatePair
      /** How a list of addresses names it; absent: it is the only one. */
      readonly entry?: string
    }
  | {
      /** Absolute path of a unix socket, where no file is. It is made, and removed when the server stops. */
      readonly path: string
      /** Permissions of its file. */
      readonly mode: number
    }
  | {
      /** A socket that listens already, and belongs to somebody else: it stays open. */
      readonly descriptor: number
      /** What it is bound to, as a URL. */
      readonly url: string
      readonly tls?: CertificatePair
    }

/** How requests are taken in and answered. */
export interface ServeHandler {
  /** Answers one request. What it throws becomes a bare 500, so it should not throw. */
  fetch(request: Request, server: Pick<WebServer, 'keepAlive' | 'addressOf'>): Response | Promise<Response>
  /**
   * Seconds without a byte in either direction after which a connection is cut, and in which a body must go on by 16 KiB for
   * each of them; at most 255. Default 30. The first head of a connection has 10 s, whatever this says. Bun alone.
   */
  readonly idleSeconds?: number
  /** Bytes of a head that are read at all: of the whole process, the last server decides. Absent: 16 KiB. Bun alone. */
  readonly headBytes?: number
  readonly log: { error(message: string, facts?: Readonly<Record<string, unknown>>): void }
}

export type ServeCall = ListenPlace & ServeHandler

/** The address cannot be had, or may not be: something to tell a person at the terminal. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** Says which address could not be had, and what to do about it. */
export function listenError(place: ListenPlace, cause: unknown): Error {
  if ('path' in place) return socketFileError(place.path, cause)
  if ('descriptor' in place)
    return new ListenError(`Cannot take over ${place.url} from systemd: ${messageOf(cause)}.`, { cause })
  const reason = reasonOf(cause)
  const { host, port, entry } = place
  const [option, other] = entry === undefined ? ['--port', '--host'] : ['listen', 'listen']
  const advice = `Choose another port with ${option} (0 takes any free one)`
  if (reason === 'EADDRINUSE')
    return new ListenError(`Port ${port} on ${host} is in use. ${advice}, or stop what is using it.`, { cause })
  if (reason === 'EACCES')
    return new ListenError(`This user may not listen on ${host}:${port}. ${advice}; those below 1024 are reserved.`, {
      cause,
    })
  if (reason === 'EADDRNOTAVAIL')
    return new ListenError(`${host} is not an address of this machine. Choose one with ${other}.`, { cause })
  return new ListenError(`Cannot listen on ${host}:${port}: ${messageOf(cause)}.`, { cause })
}

function socketFileError(path: string, cause: unknown): ListenError {
  const known: Readonly<Record<string, string>> = {
    EADDRINUSE: `There is something at ${path} already. Stop what uses it, or choose another path.`,
    EACCES: `This user may not make a socket at ${path}. Choose a folder that it may write to, like that of RuntimeDirectory= in a systemd unit.`,
    ENOENT: `The folder of ${path} is not there. Make it, or choose another path.`,
    ENOTDIR: `The folder of ${path} is none. Choose another path.`,
  }
  const text = known[reasonOf(cause) ?? ''] ?? `Cannot listen on the unix socket ${path}: ${messageOf(cause)}.`
  return new ListenError(text, { cause })
}

/** The system's code; Deno has names and sentences of its own. */
function reasonOf(cause: unknown): string | undefined {
  const { code } = (cause ?? {}) as { code?: unknown }
  const text = String(cause)
  if (/address already in use|^AddrInUse/i.test(text)) return 'EADDRINUSE'
  if (/permission denied|EPERM/i.test(text) || code === 'EPERM') return 'EACCES'
  if (/address not available|can't assign requested address/i.test(text)) return 'EADDRNOTAVAIL'
  if (/no such file/i.test(text)) return 'ENOENT'
  return typeof code === 'string' ? code : undefined
}

/** Writes an IPv6 address in brackets, as a URL wants it. */
export const urlOf = (host: string, port: number, isSecure = false): string =>
  addressText({ type: 'tcp', host, port, isSecure })
