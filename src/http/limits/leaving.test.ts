import { describe, expect, test } from 'bun:test'
import { createGate } from '../../../test/fakes/gate.ts'
import { type OpenGateway, type OpenGatewayOptions, openGateway } from '../../../test/fakes/open-gateway.ts'
import { createApiKeyStore } from '../../store/create-api-key-store.ts'
import { inMemory } from '../../store/database.ts'
import { createKeyRing } from '../../store/key-ring.ts'

const now = () => 1_770_000_000_000
/** About 1000 tokens, by their length. */
const text = 'word'.repeat(1000)
const messages = [{ role: 'user', content: text }]

/** A gateway that asks for keys, and what one of them sends and has used. */
async function open(options: OpenGatewayOptions = {}) {
  const store = createApiKeyStore({ path: inMemory, now })
  const { key, secret } = store.create({ name: 'app', scopes: ['inference'] })
  const keys = createKeyRing({ store, given: [], isRequired: 'auto', isForOthers: false, now })
  const gateway: OpenGateway = await openGateway({ ...options, keys, keyStore: store })
  const leaving = new AbortController()
  const { services } = gateway
  return Object.assign(gateway, {
    leaving,
    ask: (path: string, body?: object) =>
      fetch(`${gateway.server.url}${path}`, {
        method: body ? 'POST' : 'GET',
        ...(body && { body: JSON.stringify(body) }),
        signal: leaving.signal,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}`, 'x-request-id': 'asked' },
      }),
    over: () => services.log.waitFor(({ message, facts }) => message === 'request' && facts.requestId === 'asked'),
    used: () => {
      const rows = services.accounts.usage('2000-01-01', key.id)
      const sum = (name: 'promptTokens' | 'completionTokens' | 'embeddedTokens') =>
        rows.reduce((all, row) => all + row[name], 0)
      return { prompt: sum('promptTokens'), completion: sum('completionTokens'), embedded: sum('embeddedTokens') }
    },
  })
}

describe('whoever leaves before a provider has told its usage pays for what was asked', () => {
  test('in the middle of a stream, with the part of the answer that came', async () => {
    const stuck = Promise.withResolvers<void>()
    await using gateway = await open({
      upstream: {
        pieces: ['x'.repeat(40), 'y'.repeat(40), 'z'],
        beforePiece: (place) => (place === 2 ? stuck.promise : undefined),
      },
    })
    const response = await gateway.ask('/v1/chat/completions', { model: 'other/fake', messages, stream: true })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (let seen = ''; !seen.includes('yyy'); ) seen += (await reader?.read())?.value ?? ''
    gateway.leaving.abort()
    await gateway.over()
    // What it has cost is told while the connection to the provider is closed.
    await gateway.upstream.abandoned()
    stuck.resolve()
    expect(gateway.used().prompt).toBeWithin(1000, 1020)
    expect(gateway.used().completion).toBe(20)
  })

  test.each(['/v1/chat/completions', '/other/v1/chat/completions'])('before its answer begins, at %s', async (path) => {
    const stuck = Promise.withResolvers<void>()
    await using gateway = await open({ upstream: { beforePiece: () => stuck.promise } })
    const model = path.startsWith('/v1') ? 'other/fake' : 'fake'
    const response = gateway.ask(path, { model, messages }).catch(() => undefined)
    await gateway.upstream.seen(1)
    gateway.leaving.abort()
    await Promise.all([response, gateway.over()])
    stuck.resolve()
    expect(gateway.used().prompt).toBeWithin(1000, 1020)
  })

  test('and nothing is charged twice to who stays', async () => {
    await using gateway = await open()
    for (const stream of [false, true]) {
      const response = await gateway.ask('/v1/chat/completions', { model: 'other/fake', messages, stream })
      expect(response.status).toBe(200)
      await response.text()
    }
    expect(gateway.used().prompt).toBeLessThan(1000)
  })
})

test.each([true, false])(
  'whoever leaves a model that runs here pays for what it has done (stream: %p)',
  async (stream) => {
    const gate = createGate(1)
    await using gateway = await open({ runtime: { gate: gate.hold } })
    const body = { messages: [{ role: 'user', content: 'Say hello.' }], stream }
    const response = gateway.ask('/v1/chat/completions', body).catch(() => undefined)
    await gate.arrival()
    gateway.leaving.abort()
    await Promise.all([response, gateway.over()])
    gate.open()
    // Of a stream the request is over before its generation has told what it took, and nobody announces that.
    while (gateway.used().prompt === 0) await Bun.sleep(1)
    const { prompt, completion } = gateway.used()
    expect(prompt).toBeGreaterThan(1)
    expect(completion).toBe(1)
  },
)

test('a provider that tells no usage is charged by the length of what was asked and answered', async () => {
  await using gateway = await open()
  const choices = [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(400) }, finish_reason: 'stop' }]
  const body = JSON.stringify({ object: 'chat.completion', choices })
  gateway.upstream.fail({ status: 200, headers: { 'content-type': 'application/json' }, body })
  const response = await gateway.ask('/v1/chat/completions', { model: 'other/fake', messages })
  expect(response.status).toBe(200)
  await response.text()
  expect(gateway.used()).toMatchObject({ completion: 100 })
  expect(gateway.used().prompt).toBeWithin(1000, 1020)
})

test.each(['/v1/embeddings', '/v1/rerank'])(
  'whoever leaves while texts are read here pays for them, at %s',
  async (path) => {
    const gate = createGate(0)
    await using gateway = await open({ runtime: { gate: gate.hold } })
    const body = path.endsWith('rerank')
      ? { query: 'word', documents: [text] }
      : { input: [text.slice(0, 400), 'word'] }
    const expected = path.endsWith('rerank') ? 1001 : 101
    const response = gateway.ask(path, body).catch(() => undefined)
    await gate.arrival()
    gateway.leaving.abort()
    await Promise.all([response, gateway.over()])
    gate.open()
    expect(gateway.used().embedded).toBe(expected)
  },
)

test('a response that a provider keeps is charged once, however often it is fetched', async () => {
  await using gateway = await open()
  const usage = { input_tokens: 30, output_tokens: 12, total_tokens: 42 }
  const kept = (id: string, rest: object) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, object: 'response', status: 'completed', output: [], usage, ...rest }),
  })
  const fetchOne = async (id: string) => (await gateway.ask(`/other/v1/responses/${id}`)).status
  gateway.upstream.fail(kept('resp_1', {}), kept('resp_1', {}), kept('resp_1', {}))
  expect((await gateway.ask('/other/v1/responses', { model: 'fake', input: 'word' })).status).toBe(200)
  for (let count = 0; count < 2; count++) expect(await fetchOne('resp_1')).toBe(200)
  expect(gateway.used()).toMatchObject({ prompt: 30, completion: 12 })
  // Another one of the same id is not the same.
  gateway.upstream.fail(kept('resp_1', {}))
  expect((await gateway.ask('/other/v1/responses', { model: 'fake', input: 'word' })).status).toBe(200)
  expect(gateway.used()).toMatchObject({ prompt: 60, completion: 24 })
  // What is made in the background tells its usage to whoever fetches it.
  gateway.upstream.fail(kept('resp_2', { status: 'queued', usage: null }), kept('resp_2', {}), kept('resp_2', {}))
  const body = { model: 'fake', input: 'word', background: true }
  expect((await gateway.ask('/other/v1/responses', body)).status).toBe(200)
  const { prompt, completion } = gateway.used()
  for (let count = 0; count < 2; count++) expect(await fetchOne('resp_2')).toBe(200)
  expect(gateway.used()).toMatchObject({ prompt: prompt + 30, completion: completion + 12 })
})
