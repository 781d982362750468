import { expect, test } from 'bun:test'
import { createFakeServices } from '../../../test/fakes/fake-services.ts'
import { mount } from '../mount.ts'
import * as routes from '../routes.gen.ts'
import type { Limits } from '../services.ts'

function openFor(limits: Partial<Limits> = {}) {
  const services = createFakeServices({ limits })
  const { fetch } = mount(Object.values(routes), services)
  return { services, ask: (path: string, init?: RequestInit) => fetch(new Request(`http://localhost${path}`, init)) }
}

const chat = (more: object, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], ...more }),
})

const answers: readonly (readonly [string, RequestInit | undefined, number])[] = [
  ['/v1/models', undefined, 200],
  ['/v1/chat/completions', chat({}), 200],
  ['/v1/chat/completions', chat({ stream: true }), 200],
  ['/v1/chat/completions', chat({ model: 'absent' }), 404],
  ['/v1/chat/completions', { method: 'POST', body: '{' }, 400],
  ['/v1/nothing', undefined, 404],
  ['/v1/models', { method: 'PUT' }, 405],
  ['/v1/models', { method: 'OPTIONS' }, 204],
  ['/docs', undefined, 200],
  ['/api/v1/nothing', undefined, 404],
]

test.each(answers)('%s has the headers that keep browsers in', async (path, init, status) => {
  const response = await openFor().ask(path, init)
  await response.text()
  expect(response.status).toBe(status)
  const { headers } = response
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
  expect(headers.get('permissions-policy')).toContain('camera=()')
  expect(headers.get('cache-control')).toBe('no-store')
  for (const none of ['server', 'x-powered-by', 'strict-transport-security', 'vary'])
    expect(headers.has(none)).toBeFalse()
})

test('they can be left out', async () => {
  for (const [path, init] of answers.filter(([path]) => path !== '/docs')) {
    const { headers } = await openFor({ sendsSecurityHeaders: false }).ask(path, init)
    for (const name of ['x-content-type-options', 'content-security-policy', 'x-frame-options'])
      expect(headers.has(name)).toBeFalse()
  }
})

test('a browser is told to come back over TLS only where it came over TLS, and never of this machine', async () => {
  const { services } = openFor()
  const { fetch } = mount(Object.values(routes), services)
  const told = async (url: string) => {
    const { host } = new URL(url)
    return (await fetch(new Request(`${url}/v1/models`, { headers: { host } }))).headers.get(
      'strict-transport-security',
    )
  }
  expect(await told('https://hearth.example')).toBe('max-age=31536000')
  for (const url of ['http://hearth.example', 'https://localhost:8443', 'https://127.0.0.1', 'https://[::1]:1'])
    expect(await told(url)).toBeNull()
})

test('a request keeps its names in answers, errors of both dialects, events and the log', async () => {
  const { ask, services } = openFor()
  const names = {
    'x-request-id': 'req-mine.1',
    'x-correlation-id': 'order-7',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  }
  for (const [path, init] of [
    ['/v1/chat/completions', chat({}, names)],
    ['/v1/chat/completions', chat({ model: 'absent' }, names)],
    ['/api/v1/nothing', { headers: names }],
  ] as const) {
    const response = await ask(path, init)
    expect(response.headers.get('x-request-id')).toBe('req-mine.1')
    expect(response.headers.get('x-correlation-id')).toBe('order-7')
    const body = (await response.json()) as { request_id?: string; error?: { request_id?: string } }
    if (response.status >= 400) expect(body.error?.request_id ?? body.request_id).toBe('req-mine.1')
  }
  const lines = services.log.lines.filter(({ message }) => message === 'request')
  expect(lines).toHaveLength(3)
  for (const { facts } of lines)
    expect(facts).toMatchObject({
      requestId: 'req-mine.1',
      correlationId: 'order-7',
      traceId: '0af7651916cd43dd8448eb211c80319c',
    })
})

test('names that could forge something are no names', async () => {
  const { ask, services } = openFor()
  for (const name of ['a b', '<script>', 'x'.repeat(129), '"', 'a;b', 'é'])
    for (const header of ['x-request-id', 'x-correlation-id']) {
      const { headers } = await ask('/v1/models', { headers: { [header]: name } })
      expect(headers.get(header) ?? '').not.toContain(name)
    }
  await ask('/v1/models', { headers: { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` } })
  await ask('/v1/models', { headers: { traceparent: 'x\u001b[31m' } })
  expect(services.log.lines.at(-1)?.facts.traceId).toBeUndefined()
  expect(services.log.lines.at(-2)?.facts.traceId).toBeUndefined()
})

test('the access line tells the work, and nothing of a query', async () => {
  const { ask, services } = openFor()
  await ask('/v1/models?api_key=sk-secret-1', undefined)
  await (await ask('/v1/chat/completions?key=sk-secret-2', chat({ stream: true }))).text()
  await (await ask('/v1/embeddings', { ...chat({}), body: JSON.stringify({ input: 'Hi' }) })).text()
  const [listed, talked, embedded] = services.log.lines.filter(({ message }) => message === 'request')
  expect(listed?.facts).toMatchObject({ method: 'GET', path: '/v1/models', status: 200 })
  expect(talked?.facts).toMatchObject({
    path: '/v1/chat/completions',
    model: 'smollm2-135m-instruct',
    promptTokens: expect.any(Number),
    completionTokens: expect.any(Number),
    firstTokenMilliseconds: expect.any(Number),
    bytes: expect.any(Number),
  })
  expect(embedded?.facts).toMatchObject({ model: 'all-minilm-l6-v2', promptTokens: expect.any(Number) })
  expect(JSON.stringify(services.log.lines)).not.toContain('sk-secret')
})

test('what is asked and answered is in the log only where that is wanted, and the key never', async () => {
  for (const logsContent of [false, true])
    for (const stream of [false, true]) {
      const { ask, services } = openFor({ logsContent })
      const key = 'Bearer sk-the-clients-own'
      const asked = { messages: [{ role: 'user', content: `ZEBRA sk-the-clients-own ${'x'.repeat(20_000)}` }], stream }
      const answer = await (await ask('/v1/chat/completions', chat(asked, { authorization: key }))).text()
      expect(answer).toContain('Hello')
      const written = JSON.stringify(services.log.lines)
      expect([written.includes('ZEBRA'), written.includes('Hello')]).toEqual([logsContent, logsContent])
      expect(written).not.toContain('sk-the-clients-own')
      const content = services.log.lines.find(({ message }) => message === 'content')
      expect(content !== undefined).toBe(logsContent)
      for (const part of ['asked', 'answered'])
        if (content) expect(String(content.facts[part]).length).toBeWithin(10, 8100)
    }
})
