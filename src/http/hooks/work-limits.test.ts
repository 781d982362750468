import { describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import { createGate } from '../../../test/fakes/gate.ts'
import { openServer } from '../../../test/fakes/open-server.ts'
import { connectRaw, postBytes } from '../../../test/fakes/raw-client.ts'
import { RequestGate } from './request-gate.ts'

const chat = '/v1/chat/completions'
const ask = (stream: boolean) => ({ messages: [{ role: 'user', content: 'Say hello.' }], stream })

const aborted = async (signal: AbortSignal) => {
  if (!signal.aborted) await once(signal, 'abort')
}

describe('large bodies at once', () => {
  test('are so many bytes at most, and small ones get in all the same', () => {
    const gate = new RequestGate()
    const mebibyte = 2 ** 20
    const [large, second, small] = [gate.enter(9), gate.enter(9), gate.enter(9)]
    for (let piece = 0; piece < 4; piece++) large.hold(mebibyte, 3 * mebibyte)
    second.hold(mebibyte, 3 * mebibyte)
    expect(() => second.hold(1, 3 * mebibyte)).toThrow('more than 3145728 bytes in all')
    small.hold(mebibyte, 3 * mebibyte)
    large[Symbol.dispose]()
    large[Symbol.dispose]()
    second.hold(2 * mebibyte, 3 * mebibyte)
    expect(() => small.hold(2 * mebibyte, 3 * mebibyte)).toThrow()
  })

  test('that are not sent to their end cannot fill the memory', async () => {
    const limit = 2 ** 21
    await using open = openServer({ limits: { maxBodyBytes: limit } })
    const head = `POST ${chat} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${limit}\r\n\r\n`
    const begun: Awaited<ReturnType<typeof connectRaw>>[] = []
    // Of each of them half counts, less one byte, and 32 times the limit is 64 halves.
    for (let place = 0; place < 65; place++) {
      const client = await connectRaw(open.server.port)
      client.socket.write(head)
      client.socket.write(' '.repeat(limit - 1))
      begun.push(client)
    }
    await Promise.any(begun.map((client) => client.until('too_much_at_once')))
    expect((await open.post(chat, ask(false))).status).toBe(200)
    for (const { socket } of begun) socket.destroy()
  })
})

describe('requests at once', () => {
  test('are counted until each has left, once', () => {
    const gate = new RequestGate()
    const first = gate.enter(2)
    gate.enter(2)
    expect(() => gate.enter(2)).toThrow('working on 2 requests')
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    gate.enter(2)
    expect(() => gate.enter(2)).toThrow('working on 2 requests')
  })

  test('are so many at most; health, metrics and what costs nothing stay reachable', async () => {
    const gate = createGate(0)
    await using open = openServer({
      runtime: { gate: gate.hold, slots: 1 },
      limits: { maxRequests: 2, heartbeatSeconds: 0.02 },
    })
    const running = open.post(chat, ask(false))
    await gate.arrival()
    using waiting = await connectRaw(open.server.port)
    waiting.socket.write(postBytes(chat, ask(true), 'waiting'))
    await waiting.until('HTTP/1.1 200')
    const refused = await open.post(chat, ask(true))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await refused.text()).toContain('too_many_requests')
    expect((await open.post('/v1/embeddings', { input: 'Hi' })).status).toBe(503)
    for (const path of ['/health', '/v1/models', '/metrics', '/v1/requests'])
      expect([path, (await fetch(`${open.server.url}${path}`)).status]).toEqual([path, 200])
    waiting.socket.destroy()
    await open.services.log.waitFor(({ facts }) => facts.requestId === 'waiting')
    gate.open()
    expect((await running).status).toBe(200)
    for (const stream of [true, false]) {
      const response = await open.post(chat, ask(stream))
      await response.text()
      expect(response.status).toBe(200)
    }
  })
})

describe('a request that takes too long', () => {
  test('is stopped with its work, and its client is told why', async () => {
    const gate = createGate(0)
    await using open = openServer({ runtime: { gate: gate.hold }, limits: { requestTimeoutSeconds: 0.05 } })
    const asked = open.post(chat, ask(false))
    const { signal } = await gate.arrival()
    await aborted(signal)
    const response = await asked
    expect(response.status).toBe(504)
    expect(await response.text()).toContain('request_timeout')
  })

  test('is told so in the middle of a stream, as an event', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold }, limits: { requestTimeoutSeconds: 0.05 } })
    const response = await open.post(chat, ask(true))
    const { signal } = await gate.arrival()
    const text = await response.text()
    expect(signal.aborted).toBeTrue()
    expect(response.status).toBe(200)
    expect(text).toMatch(/data: \{"error":\{.*"code":"request_timeout".*"request_id":"[^"]+"\}\}/)
    const line = await open.services.log.waitFor(({ message }) => message === 'request')
    expect(line.facts).toMatchObject({ status: 504, error: 'request_timeout' })
  })

  test('leaves the queue', async () => {
    const gate = createGate(0)
    await using open = openServer({ runtime: { gate: gate.hold, slots: 1 } })
    const first = open.post(chat, ask(false))
    await gate.arrival()
    open.services.setLimits({ requestTimeoutSeconds: 0.05 })
    expect((await open.post(chat, ask(false))).status).toBe(504)
    gate.open()
    expect((await first).status).toBe(200)
  })
})

describe('a body', () => {
  const head = (more: string) =>
    `POST ${chat} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${more}\r\n`

  test('that is begun and not gone on with is refused, and its connection closed', async () => {
    await using open = openServer({ limits: { readTimeoutSeconds: 0.05 } })
    for (const begun of [
      `${head('content-length: 100\r\n')}{"a"`,
      `${head('transfer-encoding: chunked\r\n')}3\r\n{"a\r\n`,
    ]) {
      using client = await connectRaw(open.server.port)
      client.socket.write(begun)
      await client.until('body_timeout')
      const answer = client.text()
      expect(answer).toStartWith('HTTP/1.1 408')
      expect(answer.toLowerCase()).toContain('connection: close')
      await client.closed
    }
  })

  test('of which a little comes again and again holds a place for no longer than a request may take', async () => {
    await using open = openServer({ limits: { requestTimeoutSeconds: 0.1, maxRequests: 1 } })
    using client = await connectRaw(open.server.port)
    client.socket.write(`${head('content-length: 1000000\r\n')}{`)
    const drip = setInterval(() => client.socket.write(' '), 10)
    try {
      await client.until('request_timeout')
      expect(client.text()).toStartWith('HTTP/1.1 504')
      await client.closed
    } finally {
      clearInterval(drip)
    }
    open.services.setLimits({ requestTimeoutSeconds: 0 })
    expect((await open.post(chat, ask(false))).status).toBe(200)
  })

  test('is asked for where the client waits for that', async () => {
    await using open = openServer()
    using client = await connectRaw(open.server.port)
    const body = JSON.stringify(ask(false))
    client.socket.write(head(`expect: 100-continue\r\ncontent-length: ${body.length}\r\n`))
    await client.until('HTTP/1.1 100')
    client.socket.write(body)
    await client.until('"choices"')
    expect(client.text()).toContain('HTTP/1.1 200')
  })

  test('whose keys are twice there, or those of prototypes, changes nothing but itself', async () => {
    await using open = openServer()
    for (const odd of [
      '"__proto__": {"stream": true}',
      '"constructor": {"prototype": {"x": 1}}',
      '"__proto__": null',
    ]) {
      const body = `{"messages": [{"role": "user", "content": "Hi"}], ${odd}}`
      const response = await open.post(chat, body)
      await response.text()
      expect([odd, response.status]).toEqual([odd, 400])
      expect(({} as { stream?: unknown; x?: unknown }).stream).toBeUndefined()
    }
    const twice = await open.post(chat, '{"messages": [], "messages": [{"role": "user", "content": "Hi"}]}')
    expect(twice.status).toBe(200)
  })
})

test('what is refused by a limit, or to a page, is not told as a fault of the route', async () => {
  await using open = openServer({ limits: { maxRequests: 0 } })
  expect((await open.post(chat, ask(false))).status).toBe(503)
  const page = { headers: { 'content-type': 'application/json', origin: 'https://elsewhere.example' } }
  expect((await open.post('/v1/tokenize', { content: 'a' }, page)).status).toBe(503)
  expect((await fetch(`${open.server.url}/v1/models`, page)).status).toBe(403)
  await using slow = openServer({
    limits: { requestTimeoutSeconds: 0.02 },
    runtime: { gate: () => new Promise(() => {}) },
  })
  expect((await slow.post(chat, ask(false))).status).toBe(504)
  for (const { services } of [open, slow])
    expect(services.log.lines.filter(({ message }) => message.includes('does not declare'))).toEqual([])
})
