/** One answer as it stood on the wire. */
export interface WireAnswer {
  readonly status: number
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether all of it has come. */
  readonly isWhole: boolean
}

/** What a connection has brought. */
export interface WireAnswers {
  readonly answers: readonly WireAnswer[]
  /** What came where an answer should have begun; empty where all is well. */
  readonly rest: string
}

/**
 * Parses answers of HTTP/1.x one after the other, as a client does that trusts their framing. `methods` are those of the
 * requests, in order: an answer to HEAD has no body. Interim answers (1xx) are left out.
 */
export function readAnswers(bytes: Buffer, methods: readonly string[] = []): WireAnswers {
  const answers: WireAnswer[] = []
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at)
    const head = bytes.toString('latin1', at, end < 0 ? bytes.length : end)
    const [, status] = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head) ?? []
    if (status === undefined || end < 0) return { answers, rest: bytes.toString('latin1', at) }
    const headers = readHeaders(head)
    const code = Number(status)
    const isBare = code < 200 || code === 204 || code === 304 || methods[answers.length] === 'HEAD'
    const body = isBare ? { text: '', end: end + 4, isWhole: true } : readBody(bytes, end + 4, headers)
    at = body.end
    if (code >= 200) answers.push({ status: code, headers, body: body.text, isWhole: body.isWhole })
  }
  return { answers, rest: '' }
}

const readHeaders = (head: string) =>
  Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )

function readBody(bytes: Buffer, start: number, headers: Readonly<Record<string, string>>) {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(bytes, start)
  const length = headers['content-length']
  // Then the end of the connection is the end of the body.
  const end = length === undefined ? bytes.length : start + Number(length)
  return { text: bytes.toString('utf8', start, end), end: Math.min(end, bytes.length), isWhole: end <= bytes.length }
}

function readChunks(bytes: Buffer, start: number) {
  let at = start
  let text = ''
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    const size = line < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, line), 16)
    if (Number.isNaN(size) || line + 2 + size + 2 > bytes.length) return { text, end: bytes.length, isWhole: false }
    text += bytes.toString('utf8', line + 2, line + 2 + size)
    at = line + 2 + size + 2
    if (size === 0) return { text, end: at, isWhole: true }
  }
}
