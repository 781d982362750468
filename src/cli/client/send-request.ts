import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { CommandError } from '../command-error.ts'

export interface SentRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
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
export function sendRequest({ method, url, headers, body, signal }: SentRequest): Promise<Answer> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const send = url.protocol === 'https:' ? requestSecure : requestPlain
  const request = send(url, {
    method,
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
  request.on('error', (error) => reject(signal.aborted ? signal.reason : noConnection(url, error)))
  request.once('response', (response) => {
    const { statusCode = 0, headers: head } = response
    resolve({
      status: statusCode,
      contentType: head['content-type'] ?? '',
      pieces: readPieces(response, { url, signal }),
    })
  })
  request.end(body)
  return promise
}

async function* readPieces(response: IncomingMessage, { url, signal }: { url: URL; signal: AbortSignal }) {
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
    throw new CommandError(`The connection to ${url.origin} broke: ${reason}.`, brokenAdvice, {
      cause: error,
    })
  } finally {
    signal.removeEventListener('abort', stop)
    response.destroy()
  }
}

const brokenAdvice = 'Look at the log of the server; when it runs, give the command again.'

function noConnection(url: URL, error: Error): CommandError {
  const { code } = error as NodeJS.ErrnoException
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'no machine has that name',
    EAI_AGAIN: 'the name cannot be looked up now',
  }
  const reason = known[code ?? ''] ?? error.message
  return new CommandError(
    `There is no connection to ${url.origin}: ${reason}.`,
    'Start a server with `hearth serve`, or say with --url where one is.',
    { cause: error },
  )
}
