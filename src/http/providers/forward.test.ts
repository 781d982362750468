import { expect, test } from 'bun:test'
import { openGateway } from '../../../test/fakes/open-gateway.ts'
import { readFrames } from '../event-framing.ts'

/** The whole text of a stream; `onFirst` is called when some of it has come. */
async function readAll(response: Response, onFirst: () => void): Promise<string> {
  let text = ''
  for await (const piece of response.body ?? []) {
    text += new TextDecoder().decode(piece)
    onFirst()
  }
  return text
}

const text = (request: { body: Buffer } | undefined) => request?.body.toString() ?? ''

test('a request goes on as it came but for the name of the model, and its answer comes back as it is', async () => {
  await using open = await openGateway()
  const sent =
    '{"seed":12345678901234567890,  "model" : "other/fake", "messages":[{"role":"user","content":"H\\u0065llo"}],"of_its_own":{"a":[1.50]}}'
  const response = await open.post('/v1/chat/completions', sent, {
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer secret',
      cookie: 'a=b',
      'x-forwarded-for': '1',
    },
  })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ id: 'chatcmpl-fake', model: 'fake', usage: { prompt_tokens: 7 } })
  expect(response.headers.get('x-hearth-model')).toBe('other/fake')
  expect(response.headers.get('x-hearth-provider')).toBe('other')
  const [request] = open.upstream.requests
  expect(text(request)).toBe(sent.replace('"other/fake"', '"fake"'))
  expect(request?.path).toBe('/v1/chat/completions')
  expect(Object.keys(request?.headers ?? {})).not.toContain('authorization')
  expect(Object.keys(request?.headers ?? {})).not.toContain('cookie')
  expect(Object.keys(request?.headers ?? {})).not.toContain('x-forwarded-for')
  expect(request?.headers['x-request-id']).toBe(response.headers.get('x-request-id') ?? '')
})

test('the same by the path of the provider, with its own name for the model', async () => {
  await using open = await openGateway({ wish: { models: { good: 'fake' } } })
  for (const model of ['fake', 'good']) {
    const response = await open.post('/other/v1/chat/completions', { model, messages: [] })
    expect(await response.json()).toMatchObject({ model: 'fake' })
    expect(response.headers.get('x-hearth-model')).toBe(`other/${model}`)
  }
  expect(open.upstream.requests.map((request) => JSON.parse(text(request)).model)).toEqual(['fake', 'fake'])
})

test('a stream comes event by event, and its usage is counted although the client did not ask for it', async () => {
  await using open = await openGateway()
  const response = await open.chat({ stream: true, stream_options: { include_usage: false, other: 1 } })
  expect(response.headers.get('content-type')).toStartWith('text/event-stream')
  const events = readFrames(await response.text(), 'done') as { choices: { delta: { content?: string } }[] }[]
  expect(events.map(({ choices }) => choices[0]?.delta.content)).toEqual(['Good', ' day', '.', undefined])
  expect(JSON.parse(text(open.upstream.requests[0])).stream_options).toEqual({ include_usage: true, other: 1 })
  const { models } = open.services.statistics.view()
  expect(models.get('other/fake')).toMatchObject({ requests: 1, completed: 1, tokens: { prompt: 7, completion: 3 } })
})

test('a client that asks for the usage gets it', async () => {
  await using open = await openGateway()
  const response = await open.chat({ stream: true, stream_options: { include_usage: true } })
  const events = readFrames(await response.text(), 'done')
  expect(events.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } })
})

test('a provider that does not know usage in streams is not asked for it, and its pieces are counted', async () => {
  await using open = await openGateway({ wish: { tellsStreamUsage: false } })
  await (await open.chat({ stream: true })).text()
  expect(text(open.upstream.requests[0])).not.toContain('stream_options')
  expect(open.services.statistics.view().models.get('other/fake')?.tokens).toMatchObject({ completion: 3 })
})

test.each([
  ['reset-mid-stream', 'upstream_broken'],
  ['truncated', 'upstream_broken'],
  ['malformed-chunk', 'upstream_broken'],
  ['malformed-event', 'upstream_broken'],
  ['error-event', 'upstream_failed'],
  ['no-done', 'upstream_broken'],
] as const)('a stream with %s ends in a clean error event', async (fault, code) => {
  const read = Promise.withResolvers<void>()
  const beforePiece = (place: number) => (place === 2 ? read.promise : undefined)
  await using open = await openGateway({ upstream: { beforePiece } })
  open.upstream.fail(fault)
  const response = await open.chat({ stream: true })
  expect(response.status).toBe(200)
  // What has come is there whatever becomes of the connection.
  const body = await readAll(response, () => read.resolve())
  const events = body.split('\n\n').filter((block) => block.startsWith('data: '))
  expect(events[0]).toContain('Good')
  expect(events).not.toContain('data: [DONE]')
  expect(JSON.parse(events.at(-1)?.slice(6) ?? '')).toMatchObject({ error: { code, upstream: { provider: 'other' } } })
  const view = open.services.statistics.view()
  expect(view.models.get('other/fake')).toMatchObject({ failed: 1, errors: { [code]: 1 } })
})

test('a stream that is silent in its middle carries comments, then the error that says so', async () => {
  await using open = await openGateway({ wish: { idleSeconds: 0.3 }, limits: { heartbeatSeconds: 0.05 } })
  open.upstream.fail('half-open')
  const body = await (await open.chat({ stream: true })).text()
  expect(body).toMatch(/\n\n: writing\n\n/)
  expect(body.trimEnd().split('\n\n').at(-1)).toContain('"code":"upstream_timeout"')
})

test.each([
  ['short-body', 'upstream_broken'],
  ['cut-json', 'upstream_failed'],
  ['web-page', 'upstream_failed'],
  ['close-before-head', 'upstream_failed'],
] as const)('a whole answer with %s is an error with a status', async (fault, code) => {
  await using open = await openGateway()
  open.upstream.fail(fault)
  const response = await open.chat()
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({ error: { code, upstream: { provider: 'other' } } })
})

test('an error of the provider comes with its own status and code, streamed or not', async () => {
  await using open = await openGateway()
  for (const stream of [false, true]) {
    const response = await open.chat({ model: 'other/absent', stream })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({
      error: { code: 'upstream_model_not_found', upstream: { status: 404, code: 'model_not_found' } },
    })
    // What a client makes up is no model that is counted, and nothing that a header repeats.
    expect(response.headers.get('x-hearth-model')).toBeNull()
  }
  expect(open.services.statistics.view().models.has('other/absent')).toBe(false)
})

test('a name that nobody has is told how models of providers are called', async () => {
  await using open = await openGateway()
  const hintOf = async (model: string) =>
    ((await (await open.chat({ model })).json()) as { error: { code: string; hint: string } }).error
  expect(await hintOf('Other/fake')).toMatchObject({
    code: 'model_not_found',
    hint: expect.stringContaining('small letters'),
  })
  expect((await hintOf('absent')).hint).toContain('provider/model')
})

test('only safe headers of the provider reach the client', async () => {
  await using open = await openGateway()
  const headers = {
    'content-type': 'application/json',
    'set-cookie': 'a=b',
    server: 'nginx',
    'x-ratelimit-remaining-tokens-minute': '59000',
    'openai-processing-ms': '12',
    'x-internal': 'yes',
    'x-request-id': 'theirs',
  }
  open.upstream.fail({ status: 200, headers, body: '{"object":"chat.completion","choices":[]}' })
  const response = await open.chat({}, { headers: { 'content-type': 'application/json', 'x-request-id': 'mine' } })
  expect(response.headers.get('set-cookie')).toBeNull()
  expect(response.headers.get('server')).toBeNull()
  expect(response.headers.get('x-internal')).toBeNull()
  expect(response.headers.get('x-ratelimit-remaining-tokens-minute')).toBe('59000')
  expect(response.headers.get('openai-processing-ms')).toBe('12')
  expect(response.headers.get('x-request-id')).toBe('mine')
  expect(response.headers.get('x-upstream-request-id')).toBe('theirs')
})

test('embeddings and completions reach the provider; what works here only says so', async () => {
  await using open = await openGateway()
  const vectors = await open.post('/v1/embeddings', { model: 'other/fake', input: ['a', 'b'] })
  expect(((await vectors.json()) as { data: unknown[] }).data).toHaveLength(2)
  const completion = await open.post('/v1/completions', { model: 'other/fake', prompt: 'a' })
  expect(await completion.json()).toMatchObject({ object: 'text_completion' })
  const tokens = await open.post('/v1/tokenize', { model: 'other/fake', content: 'a' })
  expect(tokens.status).toBe(400)
  expect(await tokens.json()).toMatchObject({ error: { code: 'ability_missing', param: 'model' } })
})

test('a model of this machine that has exactly that name goes first', async () => {
  const { fakeEntry } = await import('../../../test/fakes/fake-models.ts')
  await using open = await openGateway({ entries: [fakeEntry({ id: 'other/fake' })] })
  const response = await open.chat()
  expect(response.headers.get('x-hearth-provider')).toBeNull()
  expect(response.headers.get('x-hearth-model')).toBe('other/fake')
  expect(open.upstream.requests).toEqual([])
})

test('a response that is kept here is not continued elsewhere', async () => {
  await using open = await openGateway()
  const kept = (await (await open.post('/v1/responses', { input: 'Hello!' })).json()) as { id: string }
  const ask = { model: 'other/fake', input: 'And?', previous_response_id: kept.id }
  const response = await open.post('/v1/responses', ask)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'invalid_parameter', param: 'previous_response_id' } })
  expect(open.upstream.requests).toEqual([])
  // What the provider keeps it may continue.
  await open.post('/v1/responses', { ...ask, previous_response_id: 'resp_theirs' })
  expect(text(open.upstream.requests[0])).toContain('resp_theirs')
})
