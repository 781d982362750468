import { expect, test } from 'bun:test'
import { connectionProblem } from './connection-problem.ts'

const of = (message: string, more: { code?: string; cause?: Error } = {}) =>
  connectionProblem(
    Object.assign(new TypeError(message, { cause: more.cause }), more),
    new URL('https://api.example.com/v1'),
  )

test('understands what Bun and Deno say of a connection', () => {
  expect(
    of('ECONNREFUSED: Unable to connect. Is the computer able to access the url?', { code: 'ECONNREFUSED' }).type,
  ).toBe('refused')
  const deno = (text: string) => of('fetch failed', { cause: new Error(text) }).type
  expect(deno('client error (Connect): tcp connect error: Connection refused (os error 111)')).toBe('refused')
  expect(deno('client error (Connect): dns error: failed to lookup address information')).toBe('unknown-host')
  expect(deno('client error (Connect): invalid peer certificate: UnknownIssuer')).toBe('certificate')
  expect(deno('client error (SendRequest): connection closed before message completed')).toBe('closed')
  expect(deno('client error (SendRequest): invalid HTTP version parsed')).toBe('no-http')
  const own = of('self signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  expect(own.type).toBe('certificate')
  expect(own.message).toContain('(DEPTH_ZERO_SELF_SIGNED_CERT); where it is one of your own')
  expect(own.message).toContain('NODE_EXTRA_CA_CERTS')
  const plain = of('EPROTO: The TLS handshake failed. Does the server speak TLS on this port?', { code: 'EPROTO' })
  expect(plain).toMatchObject({ type: 'no-http', message: expect.stringContaining('http://') })
  expect(of('x', { code: 'ResponseHeadersTooLarge' }).type).toBe('no-http')
  expect(of('x', { code: 'ECONNRESET' }).type).toBe('closed')
  expect(of('x', { code: 'Malformed_HTTP_Response' }).type).toBe('no-http')
})

test('repeats nothing of it', () => {
  expect(JSON.stringify(of('fetching https://user:planted@host failed', { code: 'ECONNRESET' }))).not.toContain(
    'planted',
  )
})
