/** Bytes that somebody may send, and what a server may make of them. */
export interface EdgeCase {
  readonly name: string
  readonly bytes: Buffer
  /** Answers that must come, by status and in order; a list of statuses where several are right. Absent: whatever is allowed. */
  readonly answers?: readonly (number | readonly number[])[]
  /**
   * Whether the answers may end before they are all there, with the connection: Bun ends one on which a request comes before
   * the last one is answered, where Node would let it wait.
   */
  readonly mayEndEarly?: true
  /** Answers that may come at most. Default: as many as `answers` has, or one. */
  readonly atMost?: number
  /** Methods of the requests in order, where there is a HEAD among them. */
  readonly methods?: readonly string[]
  /** Whether the server has to end the connection: what follows on it cannot be told from what came before. */
  readonly mustClose?: true
  readonly after?: 'wait' | 'half-close' | 'reset'
}

/** The path of requests that are hidden within others: an answer to one of them means that they were let in. */
export const hiddenPath = '/hidden-within'

/** A whole request for the hidden path. */
export const hidden = `GET ${hiddenPath} HTTP/1.1\r\nHost: localhost\r\n\r\n`

/** Text is taken byte by byte (latin1), so that `\xff` is that byte. */
export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

/** A request as bytes; `headers` are whole lines with their ends. */
export function requestBytes(call: { line: string; headers?: string; body?: string }): Buffer {
  return bytesOf(`${call.line}\r\nHost: localhost\r\n${call.headers ?? ''}\r\n${call.body ?? ''}`)
}

/** POST of a body whose length is told rightly. */
export function postBytes(path: string, body: string | Buffer, headers = ''): Buffer {
  const bytes = typeof body === 'string' ? bytesOf(body) : body
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n${headers}\r\n`
  return Buffer.concat([bytesOf(head), bytes])
}
