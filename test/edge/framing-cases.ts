import { bytesOf, type EdgeCase, hidden, postBytes, requestBytes } from './edge-case.ts'

const chat = '/v1/chat/completions'
const post = (headers: string, body: string) => requestBytes({ line: `POST ${chat} HTTP/1.1`, headers, body })
const chunked = 'Transfer-Encoding: chunked\r\n'
const inner = Buffer.byteLength(hidden)

/** Bodies whose length two readers could tell differently: one request must never become two (request smuggling). */
export const framingCases: readonly EdgeCase[] = [
  ...[
    ['a length, then chunks', `Content-Length: ${5 + inner}\r\n${chunked}`],
    ['chunks, then a length', `${chunked}Content-Length: ${5 + inner}\r\n`],
    ['a short length, then chunks', `Content-Length: 5\r\n${chunked}`],
    ['chunks by another name, then a length', `Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n`],
    ['chunks twice', `${chunked}${chunked}Content-Length: 5\r\n`],
    ['chunks and identity', `Transfer-Encoding: identity\r\n${chunked}Content-Length: 5\r\n`],
    ['chunks behind a tab', `Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n`],
    ['chunks behind a vertical tab', `Transfer-Encoding: \x0bchunked\r\nContent-Length: 5\r\n`],
    ['chunks, then a NUL', `Transfer-Encoding: chunked\0\r\nContent-Length: 5\r\n`],
    ['chunks in quotes', `Transfer-Encoding: "chunked"\r\nContent-Length: 5\r\n`],
    ['chunks that are not the last encoding', `Transfer-Encoding: chunked, gzip\r\nContent-Length: 5\r\n`],
    ['a space before the colon', `Transfer-Encoding : chunked\r\nContent-Length: 5\r\n`],
    ['a line end before the colon', `Transfer-Encoding\n: chunked\r\nContent-Length: 5\r\n`],
    ['a folded line', `Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n`],
    ['a folded line of another header', `X-Other: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`],
    ['a header behind a bare line feed', `X-Other: a\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n`],
    ['a header behind a bare carriage return', `X-Other: a\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n`],
    ['a space before the name', ` Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`],
    ['a length that Connection names', `Connection: Content-Length\r\n${chunked}Content-Length: 5\r\n`],
  ].map(([name, headers = '']): EdgeCase => ({ name: `framing: ${name}`, bytes: post(headers, `0\r\n\r\n${hidden}`) })),
  ...['2\r\nContent-Length: 30', '30\r\nContent-Length: 2', '2, 30', '30, 2'].map(
    (length): EdgeCase => ({
      name: `framing: two lengths (${JSON.stringify(length)})`,
      bytes: post(`Content-Length: ${length}\r\n`, `{}${hidden}`),
      answers: [400],
      mustClose: true,
    }),
  ),
  ...['+2', '-1', '0x2', '2e0', '2.0', '2 2', '٢', '18446744073709551618', '9'.repeat(30), 'NaN', ';', ''].map(
    (length): EdgeCase => ({
      name: `framing: a length of ${JSON.stringify(length)}`,
      bytes: Buffer.concat([
        bytesOf(`POST ${chat} HTTP/1.1\r\nHost: localhost\r\nContent-Length: `),
        Buffer.from(length),
        bytesOf(`\r\n\r\n{}${hidden}`),
      ]),
    }),
  ),
  ...unreadBodies(),
  {
    name: 'framing: chunks over HTTP/1.0',
    bytes: requestBytes({
      line: `POST ${chat} HTTP/1.0`,
      headers: `Connection: keep-alive\r\n${chunked}`,
      body: `0\r\n\r\n${hidden}`,
    }),
  },
]

/** A body that nobody asks for, or that is refused before it is read, is no request of its own either. */
function unreadBodies(): readonly EdgeCase[] {
  const lines = [
    'GET /health',
    'HEAD /health',
    'GET /v1/models',
    'GET /no-such-path',
    'OPTIONS /v1/models',
    'DELETE /health',
    'DELETE /v1/responses/absent',
    'PUT /v1/models',
    'POST /no-such-path',
    `POST ${chat}`,
  ]
  return lines.flatMap((line): EdgeCase[] => {
    const methods = [line.split(' ')[0] ?? '']
    const text = { line: `${line} HTTP/1.1` }
    return [
      {
        name: `framing: ${line} with a body that looks like a request`,
        bytes: requestBytes({ ...text, headers: `Content-Length: ${inner}\r\n`, body: hidden }),
        methods,
      },
      {
        name: `framing: ${line} with a chunk that looks like a request`,
        bytes: requestBytes({ ...text, headers: chunked, body: `${inner.toString(16)}\r\n${hidden}\r\n0\r\n\r\n` }),
        methods,
      },
      {
        name: `framing: ${line} of a foreign page, with a body that looks like a request`,
        bytes: requestBytes({
          ...text,
          headers: `Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\nContent-Type: text/plain\r\nContent-Length: ${inner}\r\n`,
          body: hidden,
        }),
        methods,
      },
    ]
  })
}

/** Chunks that are well-formed, and some that are not. */
export const chunkCases: readonly EdgeCase[] = [
  ...[
    ['one', `{}`, '2\r\n{}\r\n0\r\n\r\n'],
    ['one a byte', `{}`, '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n'],
    ['zeros before the size', `{}`, '0002\r\n{}\r\n0\r\n\r\n'],
    ['a size in capitals', '', `A\r\n{        }\r\n0\r\n\r\n`],
  ].map(([name, , body = '']): EdgeCase => ({ name: `chunks: ${name}`, bytes: post(chunked, body), answers: [400] })),
  // Whether a server takes them is its choice; that it stays on its feet is not.
  ...[
    ['an extension', '2;name=value\r\n{}\r\n0\r\n\r\n'],
    ['a quoted extension', '2;name="a;b\\"c"\r\n{}\r\n0\r\n\r\n'],
    ['a long extension', `2;${'x'.repeat(100_000)}\r\n{}\r\n0\r\n\r\n`],
    ['an extension on the last', '2\r\n{}\r\n0;end\r\n\r\n'],
    ['an extension with a bare line feed', `2;a\nb\r\n{}\r\n0\r\n\r\n${''}`],
    ['no end of a chunk', `2\r\n{}0\r\n\r\n`],
    ['line feeds alone', '2\n{}\n0\n\n'],
    ['a chunk that is longer than it says', `2\r\n{}   \r\n0\r\n\r\n`],
    ['a chunk that is shorter than it says', '9\r\n{}\r\n0\r\n\r\n'],
    ...[
      '0x2',
      '+2',
      '-2',
      ' 2',
      '2 ',
      '2\t',
      'g',
      '',
      '２',
      '2\0',
      ';2',
      'FFFFFFFFFFFFFFFF',
      '10000000000000002',
      '7FFFFFFFFFFFFFFF',
    ].map((size): [string, string] => [`a size of ${JSON.stringify(size.slice(0, 20))}`, `${size}\r\n{}\r\n0\r\n\r\n`]),
  ].map(([name, body = '']): EdgeCase => ({ name: `chunks: ${name}`, bytes: post(chunked, body) })),
  // Bun knows no trailers: it answers the request, says 400 to what follows the last chunk, and ends the connection.
  ...[
    ['a trailer', '2\r\n{}\r\n0\r\nX-Sum: 5\r\n\r\n'],
    ['a trailer that frames', `2\r\n{}\r\n0\r\nContent-Length: 90\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['a long trailer', `2\r\n{}\r\n0\r\n${'X-Sum: 5\r\n'.repeat(20_000)}\r\n`],
    ['a trailer without an end', '2\r\n{}\r\n0\r\nX-Sum: 5'],
    ['a trailer that is a request', `2\r\n{}\r\n0\r\n${hidden}`],
    ['a last chunk of many zeros', `${'0'.repeat(5000)}\r\n{}\r\n0\r\n\r\n`],
  ].map(
    ([name, body = '']): EdgeCase => ({
      name: `chunks: ${name}`,
      bytes: post(chunked, body),
      atMost: 2,
      mustClose: true,
    }),
  ),
  {
    name: 'chunks: a wrong size, then a request',
    bytes: post(chunked, `zz\r\n{}\r\n0\r\n\r\n${hidden}`),
    mustClose: true,
  },
  {
    name: 'chunks: many of one byte',
    bytes: post(chunked, `${'1\r\n \r\n'.repeat(50_000)}2\r\n{}\r\n0\r\n\r\n`),
    answers: [400],
  },
]

/** Requests in one go: each gets its own answer, in order, also where one of them is refused. */
export const pipelineCases: readonly EdgeCase[] = [
  pipeline('good ones', [get('/health'), get('/v1/models'), get('/health')], [200, 200, 200]),
  pipeline(
    'refused ones between good ones',
    [
      get('/health'),
      get('/absent'),
      postBytes(chat, '{'),
      postBytes(chat, '{}'),
      postBytes('/health', '{}'),
      get('/health'),
    ],
    [200, 404, 400, 400, 405, 200],
  ),
  pipeline('a POST with a body before a GET', [postBytes(chat, '{"messages":7}'), get('/health')], [400, 200]),
  pipeline('chunks before a GET', [post(chunked, '2\r\n{}\r\n0\r\n\r\n'), get('/health')], [400, 200]),
  pipeline(
    'fifty',
    Array.from({ length: 50 }, () => get('/health')),
    Array(50).fill(200),
  ),
  {
    ...pipeline(
      'HEAD among them',
      [get('/health'), bytesOf('HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n'), get('/health')],
      [200, 200, 200],
    ),
    methods: ['GET', 'HEAD', 'GET'],
  },
  {
    name: 'pipeline: a malformed one ends it',
    bytes: Buffer.concat([get('/health'), bytesOf('GET /health HTTP/1.1\r\nbad header\r\n\r\n'), bytesOf(hidden)]),
    atMost: 2,
    mustClose: true,
  },
  {
    name: 'pipeline: the last one wishes to close',
    bytes: Buffer.concat([get('/health'), get('/health', 'Connection: close\r\n'), bytesOf(hidden)]),
    answers: [200, 200],
    mayEndEarly: true,
    mustClose: true,
  },
]

function pipeline(name: string, requests: readonly Buffer[], statuses: readonly number[]): EdgeCase {
  return { name: `pipeline: ${name}`, bytes: Buffer.concat(requests), answers: statuses, mayEndEarly: true }
}

function get(path: string, headers = ''): Buffer {
  return requestBytes({ line: `GET ${path} HTTP/1.1`, headers })
}
