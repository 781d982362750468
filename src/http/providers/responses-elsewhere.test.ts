import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createMemoryLog } from '../../../test/fakes/memory-log.ts'
import { type OpenServer, openServer } from '../../../test/fakes/open-server.ts'
import { createProviders } from '../../providers/create-providers.ts'
import { settingsOf } from '../../providers/settings.ts'
import { createApiKeyStore } from '../../store/create-api-key-store.ts'
import { inMemory } from '../../store/database.ts'
import { createKeyRing } from '../../store/key-ring.ts'

type Name = 'ann' | 'bob' | 'admin'

/** A provider that keeps responses: each is called `resp_1`, `resp_2` …, or as its client wants it, as vLLM does. */
function startKeeper() {
  const asked: string[] = []
  let count = 0
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const path = new URL(request.url).pathname
      asked.push(`${request.method} ${path}`)
      if (path !== '/v1/responses') return Response.json({ id: 'resp_1', object: 'response', status: 'completed' })
      const { stream, request_id: wanted } = (await request.json()) as { stream?: boolean; request_id?: string }
      const response = { id: wanted ?? `resp_${++count}`, object: 'response', status: 'completed', output: [] }
      if (!stream) return Response.json(response)
      const event = (type: string) => `event: ${type}\ndata: ${JSON.stringify({ type, response })}\n\n`
      return new Response(event('response.created') + event('response.completed'), {
        headers: { 'content-type': 'text/event-stream' },
      })
    },
  })
  return { url: `http://127.0.0.1:${server.port}/v1`, asked, stop: () => server.stop(true) }
}

const keeper = startKeeper()
const providers = createProviders({
  plan: {
    providers: [settingsOf({ name: 'other', isConfigured: true, addresses: [keeper.url], retries: 0 })],
    fallbacks: [],
  },
  log: createMemoryLog(),
  proxyFor: () => undefined,
})
const secrets = new Map<Name, string>()
let open: OpenServer

beforeAll(() => {
  const now = () => 1_770_000_000_000
  const keyStore = createApiKeyStore({ path: inMemory, now })
  for (const name of ['ann', 'bob', 'admin'] as const)
    secrets.set(name, keyStore.create({ name, scopes: [name === 'admin' ? 'admin' : 'inference'] }).secret)
  const keys = createKeyRing({ store: keyStore, given: [], isRequired: 'auto', isForOthers: false, now })
  open = openServer({ keys, keyStore, providers })
})
afterAll(async () => {
  await open[Symbol.asyncDispose]()
  providers[Symbol.dispose]()
  await keeper.stop()
})

async function send(name: Name, [method, path]: readonly [string, string], body?: object | string) {
  const response = await fetch(`${open.server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secrets.get(name)}` },
    ...(body && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

const ways = [
  ['/v1/responses', 'other/fake'],
  ['/other/v1/responses', 'fake'],
] as const

async function make([path, model]: (typeof ways)[number], body: object): Promise<string> {
  const { status, text } = await send('ann', ['POST', path], { model, input: 'A secret.', ...body })
  expect(status).toBe(200)
  return /resp_\w+/.exec(text)?.[0] ?? ''
}

/** A refusal without the name of its request. */
const bare = (text: string) => text.replace(/"request_id":"[^"]+"/, '')

test('a response that a provider keeps is there for the key that it was asked for with, and for admins alone', async () => {
  for (const way of ways)
    for (const stream of [false, true]) {
      const id = await make(way, { stream })
      for (const [method, rest] of [
        ['GET', ''],
        ['GET', '/input_items'],
        ['POST', '/cancel'],
        ['DELETE', ''],
      ] as const) {
        const before = keeper.asked.length
        const refused = await send('bob', [method, `/other/v1/responses/${id}${rest}`])
        const absent = await send('bob', [method, `/other/v1/responses/resp_absent${rest}`])
        expect(refused.status).toBe(404)
        expect(refused.text).toContain('upstream_not_found')
        expect(bare(absent.text)).toBe(bare(refused.text))
        expect(keeper.asked).toHaveLength(before)
        for (const name of ['ann', 'admin'] as const)
          expect((await send(name, [method, `/other/v1/responses/${id}${rest}`])).status).toBe(200)
      }
    }
})

test('nor is it continued with another key, however the field is spelled', async () => {
  const id = await make(ways[0], {})
  const before = keeper.asked.length
  for (const [path, model] of ways)
    for (const field of [
      `"previous_response_id":"${id}"`,
      `"previous_response_id":"${id}","previous_response_id":null`,
      `"Previous_Response_ID":"${id}"`,
      `"previous_response_id\\u0000x":"${id}"`,
      `"previous\\u005fresponse_id":"${id}"`,
      `"previous_response_id":["${id}"]`,
    ]) {
      const refused = await send('bob', ['POST', path], `{"model":"${model}","input":"Repeat it.",${field}}`)
      expect(refused.status).toBe(400)
      expect(refused.text).toContain('previous_response_id')
    }
  expect(keeper.asked).toHaveLength(before)
  for (const [path, model] of ways) {
    const body = { model, input: 'And?', previous_response_id: id }
    expect((await send('ann', ['POST', path], body)).status).toBe(200)
    expect((await send('admin', ['POST', path], body)).status).toBe(200)
  }
  const first = { model: 'other/fake', input: 'Hello.', previous_response_id: null }
  expect((await send('bob', ['POST', '/v1/responses'], first)).status).toBe(200)
})

test('nobody gets a response by having a new one called as it is, or by fetching it', async () => {
  const id = await make(ways[0], {})
  const named = await send('bob', ['POST', '/other/v1/responses'], { model: 'fake', input: 'Mine.', request_id: id })
  expect(named.text).toContain(id)
  await send('admin', ['GET', `/other/v1/responses/${id}`])
  expect((await send('bob', ['GET', `/other/v1/responses/${id}`])).status).toBe(404)
  expect((await send('ann', ['GET', `/other/v1/responses/${id}`])).status).toBe(200)
})
