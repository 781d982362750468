import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { checkServerIdentity as checkName, type PeerCertificate, rootCertificates } from 'node:tls'
import { CommandError } from '../command-error.ts'

export interface SentRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
  /** Path of the unix socket to send it over; the name in `url` counts for nothing then. */
  readonly socketPath?: string
  /** What is trusted besides the usual, for HTTPS. */
  readonly trust?: Trust
}

/** The certificate of one server. */
export interface Trust {
  /** PEM: certificates that are trusted, also as they stand. */
  readonly ca: readonly string[]
  /** A name that its certificate is for, whatever the address is. */
  readonly name?: string
}

/** An answer whose head is here. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  /** The body, as it comes. Rejects with a `CommandError` when the connection breaks, or with the signal's reason. */
  readonly pieces: AsyncIterable<string>
}

/**
 * Sends a request and resolves with the head of the answer, however long that takes: a model may be loading. Rejects
 * with a `CommandError` where no connection is to be had, and with the signal's reason once it aborts.
 *
 * Not `fetch`: Bun's sends requests for this very machine to the proxy that HTTP_PROXY names, and gives up on answers
 * that let it wait for five minutes.
 */
export function sendRequest(sent: SentRequest): Promise<Answer> {
  const { method, url, headers, body, signal } = sent
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const send = url.protocol === 'https:' ? requestSecure : requestPlain
  const request = send(url, {
    method,
    ...placeOf(sent),
    // A connection that is kept may be closed by the server while a person thinks, just when the next request goes out.
    agent: false,
    headers: {
      ...headers,
      connection: 'close',
      ...(body !== undefined && { 'content-length': `${Buffer.byteLength(body)}` }),
    },
  })
  const stop = () => {
    request.destroy()
    reject(signal.reason)
  }
  signal.addEventListener('abort', stop, { once: true })
  request.once('close', () => signal.removeEventListener('abort', stop))
  request.on('error', (error) => reject(signal.aborted ? signal.reason : noConnection(sent, error)))
  request.once('response', (response) => {
    const { statusCode = 0, headers: head } = response
    resolve({
      status: statusCode,
      contentType: head['content-type'] ?? '',
      pieces: readPieces(response, sent),
    })
  })
  request.end(body)
  return promise
}

async function* readPieces(response: IncomingMessage, sent: SentRequest) {
  const { signal } = sent
  const stop = () => response.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  const decoder = new TextDecoder()
  try {
    for await (const bytes of response) yield decoder.decode(bytes as Uint8Array, { stream: true })
    signal.throwIfAborted()
    if (!response.complete) throw new Error('the server ended it in the middle of the answer')
  } catch (error) {
    signal.throwIfAborted()
    const { message, code } = error as NodeJS.ErrnoException
    const isCut = message === 'aborted' || code === 'ECONNRESET'
    const reason = isCut ? 'the server ended it in the middle of the answer' : message
    throw new CommandError(`The connection to ${nameOf(sent)} broke: ${reason}.`, brokenAdvice, {
      cause: error,
    })
  } finally {
    signal.removeEventListener('abort', stop)
    response.destroy()
  }
}

const brokenAdvice = 'Look at the log of the server; when it runs, give the command again.'

const nameOf = ({ url, socketPath }: SentRequest) => (socketPath === undefined ? url.origin : `unix:${socketPath}`)

function placeOf({ socketPath, trust }: SentRequest) {
  if (socketPath !== undefined) return { socketPath }
  if (!trust) return {}
  const { ca, name } = trust
  return { ca: [...rootCertificates, ...ca], ...(name !== undefined && { servername: name, checkServerIdentity }) }
  function checkServerIdentity(_: string, certificate: PeerCertificate) {
    return checkName(`${name}`, certificate)
  }
}

function noConnection(sent: SentRequest, error: Error): CommandError {
  const { code } = error as NodeJS.ErrnoException
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOENT: 'nothing listens there',
    FailedToOpenSocket: 'nothing listens there',
    EACCES: 'this user may not use the socket',
    ECONNRESET: 'it was closed before an answer came',
    ENOTFOUND: 'no machine has that name',
    EAI_AGAIN: 'the name cannot be looked up now',
  }
  const reason = known[code ?? ''] ?? error.message
  return new CommandError(`There is no connection to ${nameOf(sent)}: ${reason}.`, adviceFor(code ?? '', sent), {
    cause: error,
  })
}

const ofTrust = /^(DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(GET_ISSUER|VERIFY)|^ERR_TLS_CERT|^CERT_|_CERT_/

function adviceFor(code: string, { url }: SentRequest): string {
  if (ofTrust.test(code))
    return `Its certificate is not trusted here. Set NODE_EXTRA_CA_CERTS to the PEM file of the certificate, or of what it rests on, and use the name that it is for in place of ${url.hostname}.`
  if (code === 'ECONNRESET')
    return 'Does it speak HTTPS? Then the address begins with https://. Otherwise its log says more.'
  if (/SSL|TLS|EPROTO/.test(code)) return 'Does it speak HTTPS? Look at the beginning of the address.'
  return 'Start a server with `hearth serve`, or say with --url where one is.'
}
