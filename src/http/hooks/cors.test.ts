import { describe, expect, test } from 'bun:test'
import { createFakeServices } from '../../../test/fakes/fake-services.ts'
import { TrustedProxies } from '../../core/trusted-proxies.ts'
import { mount } from '../mount.ts'
import * as routes from '../routes.gen.ts'
import type { Limits } from '../services.ts'
import type { HostNames } from './host-header.ts'

const page = 'https://chat.example.com'

function openFor(limits: Partial<Limits>) {
  const { fetch } = mount(Object.values(routes), createFakeServices({ limits }))
  return (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(
      new Request(`http://localhost:8080${path}`, { ...init, headers: { host: 'localhost:8080', ...init.headers } }),
    )
}

const chat = (origin: string, more: Record<string, unknown> = {}) => ({
  method: 'POST',
  headers: { origin, 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' },
  body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], ...more }),
})

const preflight = (origin: string, more: Record<string, string> = {}) => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,x-stainless-os',
    ...more,
  },
})

const corsOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control') || name === 'vary'))

describe('without the setting', () => {
  const ask = openFor({})

  test('a page of another site is refused, and is told which setting it lacks', async () => {
    for (const [path, init] of [
      ['/v1/chat/completions', preflight(page)],
      ['/v1/chat/completions', chat(page)],
      ['/v1/models', { headers: { origin: page } }],
    ] as const) {
      const response = await ask(path, init)
      const text = await response.text()
      expect([response.status, text.includes('origin_not_allowed'), text.includes('cors_origins')]).toEqual([
        403,
        true,
        true,
      ])
      expect(corsOf(response)).toEqual({})
    }
  })

  test('pages of this server and of this machine, and programs may ask', async () => {
    for (const origin of ['http://localhost:8080', 'http://localhost:3000', 'app://obsidian.md', 'null']) {
      const { headers, ...rest } = chat(origin)
      const response = await ask('/v1/chat/completions', {
        ...rest,
        headers: { ...headers, 'sec-fetch-site': 'same-site' },
      })
      expect([origin, response.status]).toEqual([origin, 200])
      expect(corsOf(response)).toEqual({})
    }
    const behindProxy = { ...chat(page).headers, 'sec-fetch-site': 'same-origin' }
    expect((await ask('/v1/chat/completions', { ...chat(page), headers: behindProxy })).status).toBe(200)
  })
})

describe('with an origin', () => {
  const ask = openFor({ corsOrigins: [page] })

  test('every route answers its preflight', async () => {
    for (const { path, method } of Object.values(routes)) {
      const response = await ask(path.replaceAll(/\{[^}]*\}/g, 'x'), preflight(page))
      expect([path, response.status]).toEqual([path, 204])
      const { vary, 'access-control-allow-methods': methods, ...rest } = corsOf(response)
      expect(methods?.split(', ')).toContain(method)
      expect(vary).toBe('Origin, Access-Control-Request-Method, Access-Control-Request-Headers')
      expect(rest).toMatchObject({
        'access-control-allow-origin': page,
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
        'access-control-max-age': '7200',
      })
      expect(rest).not.toHaveProperty('access-control-allow-private-network')
    }
  })

  test('a preflight may ask for the private network, and gets no header that is no header', async () => {
    const response = await ask('/v1/models', preflight(page, { 'access-control-request-private-network': 'true' }))
    expect(corsOf(response)['access-control-allow-private-network']).toBe('true')
    const odd = await ask('/v1/models', preflight(page, { 'access-control-request-headers': 'a(b)' }))
    expect(corsOf(odd)).not.toHaveProperty('access-control-allow-headers')
  })

  test('answers, streams and errors can be read by its pages, with their names', async () => {
    for (const [path, init, status] of [
      ['/v1/chat/completions', chat(page), 200],
      ['/v1/chat/completions', chat(page, { stream: true }), 200],
      ['/v1/chat/completions', chat(page, { model: 'absent' }), 404],
      ['/v1/chat/completions', { ...chat(page), body: '{' }, 400],
      ['/nowhere', { headers: { origin: page } }, 404],
      ['/v1/models', { method: 'DELETE', headers: { origin: page } }, 405],
    ] as const) {
      const response = await ask(path, init)
      await response.text()
      expect([path, response.status]).toEqual([path, status])
      const headers = corsOf(response)
      expect(headers['access-control-allow-origin']).toBe(page)
      expect(headers['access-control-expose-headers']).toContain('x-request-id')
      expect(headers.vary).toBe('Origin')
    }
  })

  test('its pages may change things, others not', async () => {
    const headers = (origin: string) => ({ origin, 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' })
    const unload = (origin: string) => ask('/api/v1/unload', { method: 'POST', headers: headers(origin), body: '{}' })
    expect((await unload(page)).status).not.toBe(403)
    expect((await unload('https://evil.example')).status).toBe(403)
  })

  test('answers to others say that they may differ, and nothing else', async () => {
    for (const headers of [{}, { origin: 'http://localhost:8080' }] as Record<string, string>[])
      expect(corsOf(await ask('/v1/models', { headers }))).toEqual({ vary: 'Origin' })
    expect((await ask('/v1/chat/completions', chat(`${page}.evil.example`))).status).toBe(403)
    expect((await ask('/v1/chat/completions', preflight('null'))).status).toBe(403)
  })
})

test('all origins may ask, and none with credentials', async () => {
  const ask = openFor({ corsOrigins: ['*'] })
  for (const origin of [page, 'null', 'vscode-webview://abc']) {
    const headers = corsOf(await ask('/v1/chat/completions', chat(origin)))
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
    expect((await ask('/v1/chat/completions', preflight(origin))).status).toBe(204)
  }
})

test('what is refused shows no more of an origin than an origin can be', async () => {
  const response = await openFor({})('/v1/models', preflight('https://evil.example/<script>"\u00e9'))
  expect(await response.text()).toContain('https://evil.example/?script???')
})

describe('behind a proxy that has another name in the Host header', () => {
  const body = { messages: [{ role: 'user', content: 'Hi' }] }
  async function statusOf(said: string, { peer = '10.0.0.1', hosts = ['chat.lan'] as HostNames } = {}) {
    const limits = { trustedProxies: new TrustedProxies(['10.0.0.1']) }
    await using services = createFakeServices({ limits, hosts })
    const connection = { addressOf: () => peer, keepAlive: () => ({ [Symbol.dispose]() {} }) }
    const headers = { host: '127.0.0.1:8080', origin: 'http://chat.lan', 'content-type': 'application/json' }
    const request = new Request('http://127.0.0.1:8080/v1/chat/completions', {
      method: 'POST',
      headers: { ...headers, 'x-forwarded-host': said },
      body: JSON.stringify(body),
    })
    return (await mount(Object.values(routes), services).fetch(request, connection)).status
  }

  test('pages of this server may ask, by the name that a trusted proxy gives', async () => {
    expect(await statusOf('chat.lan')).toBe(200)
    expect(await statusOf('Chat.LAN, inner.proxy')).toBe(200)
    expect(await statusOf('chat.lan', { hosts: 'any' })).toBe(200)
  })

  test('the name is not believed of others, and where it is none of this server', async () => {
    expect(await statusOf('chat.lan', { peer: '10.0.0.2' })).toBe(403)
    expect(await statusOf('chat.lan', { hosts: [] })).toBe(403)
    for (const other of ['other.lan', 'inner.proxy, chat.lan', 'chat.lan:81', ''])
      expect(await statusOf(other)).toBe(403)
  })
})
