import { afterAll, describe, expect, test } from 'bun:test'
import { createFakeServices, type FakeServicesOptions } from '../../../test/fakes/fake-services.ts'
import type { KeyLimits } from '../../store/api-keys.ts'
import { createApiKeyStore } from '../../store/create-api-key-store.ts'
import { inMemory } from '../../store/database.ts'
import { createKeyRing } from '../../store/key-ring.ts'
import { mount } from '../mount.ts'
import * as routes from '../routes.gen.ts'

const opened: ReturnType<typeof createFakeServices>[] = []
afterAll(async () => {
  await Promise.all(opened.map((services) => services[Symbol.asyncDispose]()))
})

/** A server with a key that has these limits, and a clock. */
function world(limits?: KeyLimits, options: FakeServicesOptions = {}) {
  const now = () => 1_770_000_000_000
  const store = createApiKeyStore({ path: inMemory, now })
  const made = store.create({ name: 'app', scopes: ['inference'], ...(limits && { limits }) })
  const admin = store.create({ name: 'boss', scopes: ['admin'] }).secret
  const other = store.create({ name: 'other', scopes: ['inference'] }).secret
  const clock = { now: 5000 }
  const keys = createKeyRing({ store, given: ['given'], isRequired: 'auto', isForOthers: false, now })
  const services = createFakeServices({ ...options, keys, keyStore: store, rateClock: () => clock.now })
  opened.push(services)
  const { fetch } = mount(Object.values(routes), services)
  const ask = (path: string, body?: object, key = made.secret) =>
    fetch(
      new Request(`http://localhost${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        ...(body && { body: JSON.stringify(body) }),
      }),
    )
  const used = async (key = admin) =>
    ((await (await ask('/v1/usage', undefined, key)).json()) as { data: Record<string, unknown>[] }).data
  return { store, services, clock, ask, used, admin, other, key: made.key }
}

const question = { messages: [{ role: 'user', content: 'Hi' }] }
const headersOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-ratelimit')))
const codeIn = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code

describe('requests a minute', () => {
  test('are let in as many as the limit says, and then one after the other; refused ones do no work', async () => {
    const { ask, clock, services } = world({ requestsPerMinute: 2 })
    for (const remaining of ['1', '0']) {
      const response = await ask('/v1/embeddings', { input: 'a' })
      expect(response.status).toBe(200)
      expect(headersOf(response)).toEqual({
        'x-ratelimit-limit-requests': '2',
        'x-ratelimit-remaining-requests': remaining,
        'x-ratelimit-reset-requests': remaining === '1' ? '30s' : '1m0s',
      })
      await response.text()
    }
    const before = services.statistics.view().total.requests
    const refused = await ask('/v1/embeddings', { input: 'a' })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30'])
    expect(headersOf(refused)['x-ratelimit-remaining-requests']).toBe('0')
    expect(await refused.json()).toMatchObject({
      error: { code: 'rate_limited', message: "The API key 'app' has reached its limit of 2 requests a minute." },
    })
    expect(services.statistics.view().total.requests).toBe(before)
    clock.now += 29_999
    expect((await ask('/v1/models')).status).toBe(429)
    clock.now += 1
    expect((await ask('/v1/models')).status).toBe(200)
  })

  test('count also where the request is wrong, and never for who looks after the server', async () => {
    const { ask, admin } = world({ requestsPerMinute: 1 }, { limits: { requestsPerMinute: 1 } })
    expect((await ask('/v1/embeddings', { inputs: 'a' })).status).toBe(400)
    expect((await ask('/v1/embeddings', { input: 'a' })).status).toBe(429)
    expect((await ask('/v1/usage')).status).toBe(200)
    for (let count = 0; count < 3; count++) {
      const response = await ask('/v1/stats', undefined, admin)
      expect([response.status, headersOf(response)]).toEqual([200, {}])
    }
  })

  test('of the configuration hold for keys without limits of their own, also given ones, from the moment they change', async () => {
    const { ask, services, store, admin } = world({ tokensPerDay: 1000 })
    expect(headersOf(await ask('/v1/models', undefined, 'given'))).toEqual({})
    services.setLimits({ requestsPerMinute: 1 })
    for (const key of ['given', admin]) {
      expect((await ask('/v1/models', undefined, key)).status).toBe(200)
      expect(await codeIn(await ask('/v1/models', undefined, key))).toBe('rate_limited')
    }
    store.limit('boss', { requestsPerMinute: 0 })
    services.setLimits({ requestsPerMinute: 0 })
    expect((await ask('/v1/models', undefined, 'given')).status).toBe(200)
  })

  test('a limit of 0 is none, whatever the configuration says', async () => {
    const { ask } = world({ requestsPerMinute: 0 }, { limits: { requestsPerMinute: 1 } })
    for (let count = 0; count < 3; count++) expect((await ask('/v1/models')).status).toBe(200)
  })
})

describe('tokens a minute', () => {
  test('count once they were used, prompt and answer; what is over is owed', async () => {
    const { ask, clock } = world({ tokensPerMinute: 60 })
    const first = await ask('/v1/chat/completions', { ...question, max_tokens: 2 })
    const { usage } = (await first.json()) as { usage: { total_tokens: number } }
    expect(headersOf(first)).toMatchObject({
      'x-ratelimit-limit-tokens': '60',
      'x-ratelimit-remaining-tokens': String(60 - usage.total_tokens),
    })
    const long = await ask('/v1/embeddings', { input: 'word '.repeat(100) })
    const { usage: read } = (await long.json()) as { usage: { total_tokens: number } }
    expect(read.total_tokens).toBeGreaterThan(60)
    const refused = await ask('/v1/embeddings', { input: 'a' })
    expect(refused.status).toBe(429)
    const owed = usage.total_tokens + read.total_tokens - 60
    expect(refused.headers.get('retry-after')).toBe(String(owed + 1))
    expect(await refused.text()).toContain('60 tokens a minute')
    clock.now += (owed + 1) * 1000
    expect((await ask('/v1/embeddings', { input: 'a' })).status).toBe(200)
  })

  test('of streams, rerank, several answers and responses in the background count too', async () => {
    const { ask, used, services } = world({ tokensPerMinute: 1_000_000 })
    const stream = await ask('/v1/chat/completions', { ...question, stream: true, n: 2 })
    expect(headersOf(stream)).toMatchObject({ 'x-ratelimit-limit-tokens': '1000000' })
    await stream.text()
    await (await ask('/v1/rerank', { query: 'a', documents: ['b', 'c'] })).text()
    const background = (await (await ask('/v1/responses', { input: 'Hi', background: true })).json()) as { id: string }
    let status = ''
    while (status !== 'completed')
      status = ((await (await ask(`/v1/responses/${background.id}`)).json()) as { status: string }).status
    const { tokens, rankedTokens } = services.statistics.view().total
    const rows = await used()
    const sum = (name: string) => rows.reduce((all, row) => all + (row[name] as number), 0)
    expect([sum('prompt_tokens'), sum('completion_tokens'), sum('embedded_tokens')]).toEqual([
      tokens.prompt,
      tokens.completion,
      rankedTokens,
    ])
    expect(tokens.completion).toBeGreaterThan(3)
    expect(rankedTokens).toBeGreaterThan(0)
  })
})

test('what a provider answers is charged like any other answer, whole and streamed', async () => {
  const { ask, used } = world({ tokensPerMinute: 1_000_000 })
  const paths = ['/v1/chat/completions', '/example/v1/chat/completions'] as const
  for (const [path, model] of [
    [paths[0], 'example/small'],
    [paths[1], 'small'],
  ] as const) {
    const whole = await ask(path, { ...question, model })
    const { usage } = (await whole.json()) as { usage: { prompt_tokens: number; completion_tokens: number } }
    expect([whole.status, headersOf(whole)['x-ratelimit-limit-tokens']]).toEqual([200, '1000000'])
    expect(usage.prompt_tokens).toBeGreaterThan(0)
    const [row] = (await used()).filter((each) => each.model === 'example/small')
    const times = path === paths[0] ? 1 : 2
    expect(row).toMatchObject({
      requests: times,
      prompt_tokens: times * usage.prompt_tokens,
      completion_tokens: times * usage.completion_tokens,
    })
  }
  const streamed = await ask(paths[0], { ...question, model: 'example/small', stream: true })
  expect(headersOf(streamed)['x-ratelimit-limit-tokens']).toBe('1000000')
  await streamed.text()
  const [row] = (await used()).filter((each) => each.model === 'example/small')
  expect(row?.requests).toBe(3)
})

test('tokens a day are those of the file, and its headers say when it is over', async () => {
  const { ask, store, key } = world({ tokensPerDay: 100 })
  const before = { day: '2026-02-02', key: key.id, model: 'm', requests: 1, refused: 0, errors: 0, completionTokens: 0 }
  store.addUsage([{ ...before, promptTokens: 90, embeddedTokens: 0 }], '2026-01-01')
  const response = await ask('/v1/embeddings', { input: 'word word word word word word word word word word word' })
  expect(response.status).toBe(200)
  expect(headersOf(response)).toMatchObject({ 'x-ratelimit-limit-tokens-day': '100' })
  const refused = await ask('/v1/embeddings', { input: 'a' })
  const rest = 86_400 - (1_770_000_000 % 86_400)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, String(rest)])
  expect(headersOf(refused)['x-ratelimit-remaining-tokens-day']).toBe('0')
  store.limit('app', { tokensPerDay: 1000 })
  expect(await codeIn(refused)).toBe('rate_limited')
})

describe('GET /v1/usage', () => {
  test('tells requests, refusals and errors by models, and to a key of inference its own alone', async () => {
    const { ask, used, key, other } = world({ requestsPerMinute: 3 })
    await (await ask('/v1/embeddings', { input: 'a' })).text()
    await (await ask('/v1/embeddings', { input: 'a', model: 'absent' })).text()
    await (await ask('/v1/models')).text()
    await (await ask('/v1/models')).text()
    await (await ask('/v1/models', undefined, 'given')).text()
    const app = { id: key.id, name: 'app' }
    const own = [
      { key: app, model: null, requests: 2, refused: 1, errors: 1, embedded_tokens: 0 },
      { key: app, model: 'all-minilm-l6-v2', requests: 1, refused: 0, errors: 0 },
    ]
    expect(await used()).toMatchObject([{ key: { id: 'given-1' }, requests: 1 }, ...own])
    expect((await used())[2]?.embedded_tokens).toBeGreaterThan(0)
    expect(await used(other)).toEqual([])
    const mine = await ask('/v1/usage?key=app')
    expect(((await mine.json()) as { data: object[] }).data).toMatchObject(own)
    expect((await ask('/v1/usage?key=boss')).status).toBe(403)
    expect((await ask('/v1/usage?days=91')).status).toBe(400)
  })

  test('does not let a client fill it with names of models that nobody has', async () => {
    const { ask, used } = world()
    for (let count = 0; count < 20; count++)
      await (await ask('/v1/embeddings', { input: 'a', model: `m${count}` })).text()
    expect(await used()).toMatchObject([{ model: null, requests: 20, errors: 20 }])
  })
})
