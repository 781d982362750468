import type { SeededRandom } from '../seeded-random.ts'
import { bytesOf, postBytes, requestBytes } from './edge-case.ts'

const messages = '{"model":"absent","messages":[{"role":"user","content":"a"}],"max_tokens":5}'

/** Requests that are whole and right, to be damaged. */
const whole: readonly Buffer[] = [
  requestBytes({ line: 'GET /health HTTP/1.1' }),
  requestBytes({ line: 'GET /v1/models?a=b HTTP/1.1', headers: 'Accept: */*\r\nConnection: keep-alive\r\n' }),
  requestBytes({ line: 'OPTIONS /v1/chat/completions HTTP/1.1', headers: 'Origin: http://localhost:3000\r\n' }),
  requestBytes({ line: 'DELETE /v1/responses/resp_1 HTTP/1.1', headers: 'Authorization: Bearer hearth-key\r\n' }),
  postBytes('/v1/chat/completions', messages),
  postBytes('/v1/responses', '{"model":"absent","input":"a","stream":true}', 'Accept: text/event-stream\r\n'),
  postBytes('/v1/embeddings', '{"model":"absent","input":["a","b"],"encoding_format":"base64"}'),
  requestBytes({
    line: 'POST /v1/chat/completions HTTP/1.1',
    headers: 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n',
    body: `${messages.length.toString(16)}\r\n${messages}\r\n0\r\n\r\n`,
  }),
]

/** What parsers have stumbled over. */
const snippets: readonly string[] = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\0',
  '\xff',
  '\xc3',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '"',
  '%',
  '%00',
  '%0d%0a',
  '../',
  '//',
  '\\',
  '{',
  '[[[[',
  '__proto__',
  '\\ud800',
  '1e999',
  '-1',
  'ffffffffffffffff',
  'HTTP/1.1',
  'HTTP/1.0',
  '0\r\n\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'Expect: 100-continue\r\n',
  'Connection: close\r\n',
  'Upgrade: websocket\r\n',
  'Host: other\r\n',
  'a'.repeat(3000),
]

/** Damage, by position and in small pieces: what is left is mostly a request still. */
const damages: readonly ((bytes: Buffer, at: number, random: SeededRandom) => Buffer)[] = [
  (bytes, at, random) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ (1 << random.between(0, 7))
    return copy
  },
  (bytes, at, random) => {
    const copy = Buffer.from(bytes)
    copy[at] = random.between(0, 255)
    return copy
  },
  (bytes, at, random) => Buffer.concat([bytes.subarray(0, at), bytesOf(random.pick(snippets)), bytes.subarray(at)]),
  (bytes, at, random) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 12))]),
  (bytes, at, random) => {
    const piece = bytes.subarray(at, at + random.between(1, 40))
    return Buffer.concat([
      bytes.subarray(0, at),
      ...Array<Buffer>(random.between(1, 20)).fill(piece),
      bytes.subarray(at),
    ])
  },
  (bytes, at, random) => Buffer.concat([bytes.subarray(0, at), random.pick(whole)]),
  (bytes, at) => bytes.subarray(0, at),
]

/** A request, or two of them, with some damage. The same for the same random numbers. */
export function damagedRequest(random: SeededRandom): Buffer {
  let bytes = random.pick(whole)
  if (random.chance(0.2)) bytes = Buffer.concat([bytes, random.pick(whole)])
  for (let left = random.between(1, 4); left > 0; left--)
    bytes = random.pick(damages)(bytes, random.between(0, Math.max(0, bytes.length - 1)), random)
  return bytes
}

/** The same bytes in up to four pieces. */
export function inPieces(bytes: Buffer, random: SeededRandom): readonly Buffer[] {
  const ends = Array.from({ length: random.between(0, 3) }, () => random.between(0, bytes.length)).sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}
