import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { type FakeUpstream, startFakeUpstream } from '../fakes/fake-upstream.ts'
import { errorAnswer } from '../fakes/upstream-shapes.ts'
import type { Hearth } from '../start-hearth.ts'
import { openGateway } from './real-servers.ts'

// OpenAI's client, Hearth as its own process, and a server in the shape of Cerebras' behind it.
const key = 'csk-planted-secret'
let upstream: FakeUpstream
let gateway: Hearth

beforeAll(async () => {
  upstream = await startFakeUpstream({ kind: 'cerebras', key, models: ['llama3.1-8b'] })
  gateway = await openGateway({}, { CEREBRAS_BASE_URL: upstream.url, CEREBRAS_API_KEY: key })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.[Symbol.asyncDispose]()
})

const messages = [{ role: 'user' as const, content: 'Hello!' }]

for (const [path, model] of [
  ['/cerebras/v1', 'llama3.1-8b'],
  ['/v1', 'cerebras/llama3.1-8b'],
] as const) {
  const client = () => new OpenAI({ baseURL: `${gateway.url}${path}`, apiKey: 'of-the-client', maxRetries: 0 })

  test(`answers whole and streamed at ${path}`, async () => {
    const whole = await client().chat.completions.create({ model, messages })
    expect(whole.choices[0]?.message.content).toBe('Good day.')
    const chunks = await Array.fromAsync(await client().chat.completions.create({ model, messages, stream: true }))
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Good day.')
    expect(upstream.requests.at(-1)?.headers.authorization).toBe(`Bearer ${key}`)
  })

  test(`lists and describes its models at ${path}`, async () => {
    const ids = (await Array.fromAsync(client().models.list())).map(({ id }) => id)
    expect(ids).toContain(model)
    expect((await client().models.retrieve(model)).id).toBe(model)
  })

  test(`tells its errors in OpenAI's words at ${path}`, async () => {
    const asked = client().chat.completions.create({ model: `${model}-absent`, messages })
    const error = await asked.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error).toMatchObject({ code: 'upstream_model_not_found', error: { upstream: { provider: 'cerebras' } } })
  })

  test(`an error in the middle of a stream is thrown by the client at ${path}`, async () => {
    upstream.fail('error-event')
    const stream = await client().chat.completions.create({ model, messages, stream: true })
    let text = ''
    const read = async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    }
    const thrown = await read().then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(thrown).toBeInstanceOf(OpenAI.APIError)
    expect(thrown).toMatchObject({ code: 'upstream_failed' })
    expect(text).toBe('Good day')
  })
}

test('a wrong key of the server is no wrong key of the client', async () => {
  upstream.fail(errorAnswer('cerebras', { status: 401, message: `Wrong key ${key}`, code: 'wrong_api_key' }))
  const client = new OpenAI({ baseURL: `${gateway.url}/cerebras/v1`, apiKey: 'none', maxRetries: 0 })
  const asked = client.chat.completions.create({ model: 'llama3.1-8b', messages })
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ status: 502, code: 'upstream_key_refused' })
  expect(JSON.stringify(error)).not.toContain(key)
})

test('the key is in no line that the server wrote', () => {
  expect(gateway.log()).not.toContain(key)
})
