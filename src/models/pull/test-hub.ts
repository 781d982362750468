import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request and the answer to it, and how many requests there have been, this one included. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly count: number
}

/** A server that gives one file as a model hub does: with a strong ETag, ranges and If-Range. For tests only. */
export interface TestHub extends AsyncDisposable {
  readonly url: string
  /** The Range header of every request, `whole` where there was none. */
  readonly ranges: readonly string[]
  /** The headers of every request. */
  readonly headers: readonly IncomingMessage['headers'][]
  /** Breaks the connections that have fallen silent. */
  cut(): void
  /** The file that it gives; may be changed between requests. */
  body: Uint8Array
}

/** Starts one on a free port. `answer` says whether it has answered the request itself. */
export async function startTestHub(body: Uint8Array, answer: (exchange: Exchange) => boolean = () => false) {
  const hub = { body, ranges: [] as string[], headers: [] as IncomingMessage['headers'][] }
  const server = createServer((request, response) => {
    hub.ranges.push(request.headers.range ?? 'whole')
    hub.headers.push(request.headers)
    if (!answer({ request, response, count: hub.ranges.length })) giveFile({ request, response, body: hub.body })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const dispose = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return Object.assign(hub, { url, cut: cutSilent, [Symbol.asyncDispose]: dispose }) satisfies TestHub
}

/** Answers that are not at their end, and will not come to it by themselves. */
const silent: ServerResponse[] = []

/** Breaks all of them, of every hub. */
export function cutSilent(): void {
  for (const response of silent.splice(0)) response.destroy()
}

interface File {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: Uint8Array
  /** Bytes after which the connection falls silent. */
  readonly silentAfter?: number
  /** Absent: one that follows from the content. Empty: none. */
  readonly etag?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Gives the file, or the range that is asked for if the file is still the same. */
export function giveFile({ request, response, body, silentAfter, etag = tagOf(body), headers = {} }: File): true {
  const isSame = (request.headers['if-range'] ?? etag) === etag
  const asked = isSame ? /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') : null
  const start = Number(asked?.[1] ?? 0)
  const end = Math.min(Number(asked?.[2] || body.length - 1) + 1, body.length)
  if (asked && start >= body.length) return refuse(response, 416, { 'content-range': `bytes */${body.length}` })
  response.writeHead(asked ? 206 : 200, {
    ...(etag !== '' && { etag }),
    'content-length': end - start,
    ...(asked && { 'content-range': `bytes ${start}-${end - 1}/${body.length}` }),
    ...headers,
  })
  if (silentAfter === undefined || silentAfter >= end - start) response.end(body.subarray(start, end))
  else response.write(body.subarray(start, start + silentAfter), () => silent.push(response))
  return true
}

/** Answers with a status and no file. */
export function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): true {
  response.writeHead(status, headers).end()
  return true
}

/** The sum of a file, as catalogs give it. */
export const sha256 = (body: Uint8Array) => createHash('sha256').update(body).digest('hex')

const tagOf = (body: Uint8Array) => `"${sha256(body).slice(0, 16)}"`
