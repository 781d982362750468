import { afterAll, describe, expect, test } from 'bun:test'
import { createFakeServices } from '../../test/fakes/fake-services.ts'
import { createApiKeyStore } from '../store/create-api-key-store.ts'
import { inMemory } from '../store/database.ts'
import { createKeyRing } from '../store/key-ring.ts'
import { type Route, scopeOf } from './define-route.ts'
import { mount } from './mount.ts'
import { parsePath } from './route-path.ts'
import * as routes from './routes.gen.ts'
import type { Services } from './services.ts'

const all: readonly Route[] = Object.values(routes)
const now = () => 1_770_000_000_000
const opened: ReturnType<typeof createFakeServices>[] = []
afterAll(async () => {
  await Promise.all(opened.map((services) => services[Symbol.asyncDispose]()))
})

/** A server with keys of all kinds, and what of it was touched that does work. */
function openDoor(options: { readonly hosts?: readonly string[]; readonly hasNoKeys?: true } = {}) {
  const store = createApiKeyStore({ path: inMemory, now })
  const secretOf = (name: string, rest: object = {}) => store.create({ name, scopes: ['inference'], ...rest }).secret
  const secrets = {
    inference: secretOf('inference'),
    read: secretOf('read', { scopes: ['read'] }),
    admin: secretOf('admin', { scopes: ['admin'] }),
    few: secretOf('few', { models: ['minilm'] }),
    expired: secretOf('expired', { expiresSeconds: 1_769_999_999 }),
    revoked: secretOf('revoked'),
  }
  store.revoke('revoked')
  const isRequired = options.hasNoKeys ? 'never' : 'auto'
  const keys = createKeyRing({ store, given: ['given'], isRequired, isForOthers: false, now })
  const services = createFakeServices({ keys, keyStore: store, ...(options.hosts && { hosts: options.hosts }) })
  opened.push(services)
  const touched = new Set<string | symbol>()
  /** What is needed to answer at all: nothing of it works with a model, reads a body, or changes anything. */
  const free = [
    'keys',
    'accounts',
    'hosts',
    'log',
    'newId',
    'now',
    'limits',
    'about',
    'statistics',
    'metrics',
    'traces',
  ]
  const watched = new Proxy<Services>(services, {
    get(target, name, receiver) {
      if (typeof name === 'string' && !free.includes(name)) touched.add(name)
      return Reflect.get(target, name, receiver)
    },
  })
  const { fetch } = mount(all, watched)
  const ask = async (route: Route, headers: Record<string, string>) => {
    const sent = (route.examples[0] ?? {}) as { params?: Record<string, string>; send?: unknown }
    const path = parsePath(route.path).template.replace(/\{(\w+)\}/g, (_, name: string) => sent.params?.[name] ?? '')
    const body = () =>
      new ReadableStream(
        {
          pull(controller) {
            touched.add('body')
            controller.enqueue(new TextEncoder().encode(JSON.stringify(sent.send)))
            controller.close()
          },
        },
        { highWaterMark: 0 },
      )
    const options = { method: route.method, headers: { 'content-type': 'application/json', ...headers } }
    const withBody = sent.send === undefined ? {} : { body: body(), duplex: 'half' }
    return fetch(new Request(`http://localhost${path}`, { ...options, ...withBody } as RequestInit))
  }
  return { secrets, services, touched, ask, fetch, store }
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const codeIn = async (response: Response) => {
  const body = (await response.json()) as { code?: string; error?: { code: string } }
  return body.error?.code ?? body.code
}
const held = all.filter((route) => scopeOf(route) !== 'open')

test.each(all.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s does no work for pages that were smuggled in',
  async (_, route) => {
    const { touched, ask } = openDoor({ hosts: ['desk'], hasNoKeys: true })
    for (const host of ['evil.example', '127.0.0.1.evil.example:8080']) {
      const response = await ask(route, { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })
      expect([response.status, await codeIn(response)]).toEqual([403, 'host_not_allowed'])
    }
    const foreign = { host: 'localhost:8080', origin: 'https://evil.example' }
    if (route.method === 'POST')
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', ''])
        for (const rest of [{}, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
          const response = await ask(route, { ...foreign, 'content-type': type, ...rest })
          expect([response.status, await codeIn(response)]).toEqual([403, 'cross_site_refused'])
        }
    expect([...touched]).toEqual([])
    const response = await ask(route, { host: 'desk:8080' })
    expect(response.status).not.toBe(403)
    await response.body?.cancel()
  },
)

test('no page of another site is told that it may ask: what is no simple request stays with the browser', async () => {
  const { fetch } = openDoor({ hasNoKeys: true })
  for (const { path } of all)
    for (const method of ['OPTIONS', 'GET']) {
      const headers = {
        origin: 'https://evil.example',
        'access-control-request-method': 'DELETE',
        'access-control-request-private-network': 'true',
      }
      const response = await fetch(new Request(`http://localhost${parsePath(path).template}`, { method, headers }))
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      await response.body?.cancel()
    }
})

test('whoever has a key may come by any name, and so may who asks a server with keys for its health', async () => {
  const { secrets, ask } = openDoor({ hosts: [] })
  const [list, health] = ['openai.listModels', 'system.getHealth'].map((id) =>
    all.find((each) => each.operationId === id),
  )
  if (!list || !health) throw new Error('These routes are gone.')
  const host = 'hearth.example.com'
  expect((await ask(list, { host, ...bearer(secrets.inference) })).status).toBe(200)
  expect((await ask(list, { host })).status).toBe(401)
  expect((await ask(health, { host })).status).toBe(200)
})

test('a key without the word Bearer before it is told apart from none', async () => {
  const { secrets, ask } = openDoor()
  const [list] = held
  if (!list) throw new Error('These routes are gone.')
  const told = async (headers: Record<string, string>) => JSON.stringify(await (await ask(list, headers)).json())
  const without = 'does not begin with Bearer'
  expect(await told({ authorization: secrets.admin })).toContain(without)
  expect(await told({ authorization: secrets.admin })).not.toContain(secrets.admin)
  expect(await told({ authorization: 'Basic dTpw' })).toContain(without)
  for (const headers of [{}, { authorization: 'Bearer ' }]) expect(await told(headers)).not.toContain(without)
})

describe.each(held.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  test('does no work for whoever has no valid key', async () => {
    const { secrets, touched, ask } = openDoor()
    const wrong: readonly (readonly [Record<string, string>, string, string])[] = [
      [{}, 'key_missing', 'Bearer realm="hearth"'],
      [{ authorization: 'Basic dTpw' }, 'key_missing', 'Bearer realm="hearth"'],
      [bearer('sk-wrong'), 'invalid_api_key', 'Bearer realm="hearth", error="invalid_token"'],
      [bearer(`${secrets.admin}x`), 'invalid_api_key', 'Bearer realm="hearth", error="invalid_token"'],
      [bearer(secrets.revoked), 'invalid_api_key', 'Bearer realm="hearth", error="invalid_token"'],
      [bearer(secrets.expired), 'key_expired', 'Bearer realm="hearth", error="invalid_token"'],
      [{ 'x-api-key': 'sk-wrong' }, 'invalid_api_key', 'Bearer realm="hearth", error="invalid_token"'],
    ]
    for (const [headers, code, challenge] of wrong) {
      const response = await ask(route, headers)
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, challenge])
      expect(await codeIn(response)).toBe(code)
    }
    expect([...touched]).toEqual([])
  })

  test('does work only for a key with its scope', async () => {
    const { secrets, touched, ask } = openDoor()
    const scope = scopeOf(route)
    for (const name of ['inference', 'read'] as const) {
      if (name === scope || scope === 'any') continue
      const response = await ask(route, bearer(secrets[name]))
      expect(response.status).toBe(403)
      expect(response.headers.get('www-authenticate')).toContain(`error="insufficient_scope", scope="${scope}"`)
      expect(await codeIn(response)).toBe('key_not_allowed')
    }
    expect([...touched]).toEqual([])
    const may = [bearer(secrets.admin), { 'x-api-key': secrets.admin }, { 'api-key': 'given' }]
    if (scope === 'inference' || scope === 'read') may.push(bearer(secrets[scope]))
    for (const headers of may) {
      const response = await ask(route, headers)
      expect([401, 403]).not.toContain(response.status)
      await response.body?.cancel()
    }
  })
})

test('routes that change something ask for admin, and only pages, health and the document are open', () => {
  const scopes = new Map(all.map((route) => [route.operationId, scopeOf(route)]))
  const open = [...scopes].filter(([, scope]) => scope === 'open').map(([id]) => id)
  expect(open.sort()).toEqual([
    'system.getDocs',
    'system.getDocsAsset',
    'system.getHealth',
    'system.getOpenApi',
    'system.getServerHealth',
    'system.getStart',
  ])
  const lax = all.filter((route) =>
    /(delete|pull|load|select|halt|stop|set|cancel|pause|resume)/i.test(route.operationId),
  )
  for (const route of lax.filter(({ operationId, method }) => !operationId.startsWith('openai.') && method !== 'GET'))
    expect([route.operationId, scopeOf(route)]).toEqual([route.operationId, 'admin'])
})

test('health tells a stranger that the server lives, and nothing of its models', async () => {
  const { secrets, fetch } = openDoor()
  const health = async (headers: Record<string, string>) =>
    (await (await fetch(new Request('http://localhost/health', { headers }))).json()) as { models?: { id: string }[] }
  for (const headers of [{}, bearer('wrong'), bearer(secrets.revoked)])
    expect(await health(headers)).toEqual({ status: 'ok', version: '0.1.0', uptime_seconds: 60 } as object)
  expect((await health(bearer(secrets.read))).models).toHaveLength(3)
  expect((await health(bearer(secrets.few))).models?.map(({ id }) => id)).toEqual(['all-minilm-l6-v2'])
})

describe('a key for some models', () => {
  const door = openDoor()
  const post = (path: string, body: object, key = door.secrets.few) =>
    door.fetch(
      new Request(`http://localhost${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...bearer(key) },
        body: JSON.stringify(body),
      }),
    )
  const get = (path: string) =>
    door.fetch(new Request(`http://localhost${path}`, { headers: bearer(door.secrets.few) }))

  test('lists those alone, and uses them by every name, and where none is named', async () => {
    const list = (await (await get('/v1/models')).json()) as { data: { id: string }[] }
    expect(list.data.map(({ id }) => id)).toEqual(['all-minilm-l6-v2'])
    for (const body of [{ model: 'minilm', input: 'a' }, { model: 'all-minilm-l6-v2', input: 'a' }, { input: 'a' }])
      expect((await post('/v1/embeddings', body)).status).toBe(200)
  })

  test('is refused for others, whether they are there or not', async () => {
    const chat = (body: object) =>
      post('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }], ...body })
    for (const model of ['smollm2-135m-instruct', 'smollm2', 'absent', 'catalogued', 'smollm3']) {
      const response = await chat({ model })
      expect(response.status).toBe(403)
      const text = await response.text()
      expect(text).toContain(`it may use minilm, not '${model}'`)
      expect(text).toContain('"param":"model"')
      expect((await get(`/v1/models/${model}`)).status).toBe(403)
    }
    expect((await chat({})).status).toBe(403)
    expect(door.services.engine.status('smollm2-135m-instruct').state).toBe('unloaded')
  })
})

test('the share of a request is its key, whichever header it came in, and the log has its id', async () => {
  const { secrets, services, fetch, store } = openDoor()
  const shares: (string | undefined)[] = []
  const lease = services.engine.lease.bind(services.engine)
  services.engine.lease = (model, call) => {
    shares.push(call.share)
    return lease(model, call)
  }
  for (const headers of [bearer(secrets.inference), { 'x-api-key': secrets.inference }, bearer('given')]) {
    const response = await fetch(
      new Request('http://localhost/v1/embeddings', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ input: 'a' }),
      }),
    )
    expect(response.status).toBe(200)
    await response.text()
  }
  const id = store.list().find(({ name }) => name === 'inference')?.id
  expect(shares).toEqual([id, id, 'given-1'])
  expect(services.log.lines.filter(({ message }) => message === 'request').map(({ facts }) => facts.key)).toEqual(
    shares,
  )
  for (const secret of [...Object.values(secrets), 'given'])
    expect(JSON.stringify(services.log.lines).replaceAll('given-1', '')).not.toContain(secret)
})
