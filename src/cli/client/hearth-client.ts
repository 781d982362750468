import { createParser } from 'eventsource-parser'
import { CommandError } from '../command-error.ts'
import { type Answer, sendRequest, type Trust } from './send-request.ts'
import { readRefusal } from './server-refusal.ts'

export interface ClientCall {
  /** Default: POST where there is a body, otherwise GET. */
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** From the root of the server, with its query. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal: AbortSignal
}

/** One server-sent event. */
export interface ClientEvent {
  /** `message` where the server gives it no name. */
  readonly name: string
  /** What stood in it as JSON. */
  readonly data: unknown
}

/**
 * Talks to a running server. Every call rejects with a `ServerRefusal` for what the server refuses, with a `CommandError`
 * where there is no connection, and with the signal's reason once it aborts.
 */
export interface HearthClient {
  /** Without a slash at the end. */
  readonly url: string
  /** The answer's JSON, taken as what the caller says it is. */
  json<Reply>(call: ClientCall): Promise<Reply>
  /** The events of a stream, to its end or to `[DONE]`; `onComment` gets the comments between them. */
  events(call: ClientCall & { readonly onComment?: (text: string) => void }): AsyncIterable<ClientEvent>
}

export interface ClientOptions {
  /** `http://…`, `https://…` or `unix:` and the path of a socket. */
  readonly url: string
  readonly apiKey?: string | undefined
  /** What is trusted besides the usual, for HTTPS. */
  readonly trust?: Trust | undefined
}

/** A client of the server at that address; the key is sent as a bearer token. Throws a `CommandError` for one that cannot be. */
export function createClient({ url, apiKey: given, trust }: ClientOptions): HearthClient {
  // A key from a file often brings the end of its line along.
  const apiKey = given?.trim() || undefined
  const base = url.replace(/\/+$/, '')
  const socketPath = /^unix:(.*)$/s.exec(url)?.[1]
  if (apiKey !== undefined && !/^[\u0021-\u007e]+$/.test(apiKey))
    throw new CommandError(
      'The API key has characters that cannot be sent.',
      'Look at the variable HEARTH_API_KEY: blanks, line ends and letters outside of ASCII stand in no key.',
    )
  const send = ({ method, path, body, signal }: ClientCall, accept: string) =>
    sendRequest({
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      url: new URL((socketPath === undefined ? base : 'http://localhost') + path),
      ...(socketPath !== undefined && { socketPath }),
      ...(trust && { trust }),
      headers: {
        accept,
        'user-agent': 'hearth',
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
    })
  return {
    url: base,
    async json<Reply>(call: ClientCall) {
      const answer = await send(call, 'application/json')
      const text = await textOf(answer)
      if (answer.status >= 400) throw readRefusal(text, { status: answer.status, url: base })
      return parseJson(text, base) as Reply
    },
    async *events(call) {
      const answer = await send(call, 'text/event-stream')
      if (answer.status >= 400) throw readRefusal(await textOf(answer), { status: answer.status, url: base })
      yield* readEvents(answer.pieces, { onComment: call.onComment, url: base })
    },
  }
}

interface EventReading {
  readonly onComment: ((text: string) => void) | undefined
  readonly url: string
}

async function* readEvents(pieces: AsyncIterable<string>, { onComment, url }: EventReading) {
  const found: ClientEvent[] = []
  let isOver = false
  const parser = createParser({
    onEvent({ event = 'message', data }) {
      if (data === '[DONE]') isOver = true
      else found.push({ name: event, data: parseJson(data, url) })
    },
    ...(onComment && { onComment }),
  })
  for await (const piece of pieces) {
    parser.feed(piece)
    yield* found.splice(0)
    if (isOver) return
  }
}

async function textOf({ pieces }: Answer): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

function parseJson(text: string, url: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch (error) {
    throw new CommandError(`${url} answers something that is no JSON: ${text.slice(0, 100)}`, 'Is that a Hearth?', {
      cause: error,
    })
  }
}
