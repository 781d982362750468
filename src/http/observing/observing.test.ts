import { afterEach, expect, test } from 'bun:test'
import { createFakeServices, type FakeServicesOptions, noProviders } from '../../../test/fakes/fake-services.ts'
import { HeardTraces } from '../../../test/fakes/heard-traces.ts'
import type { Provider } from '../../core/provider.ts'
import { createApiKeyStore } from '../../store/create-api-key-store.ts'
import { inMemory } from '../../store/database.ts'
import { createKeyRing } from '../../store/key-ring.ts'
import { mount } from '../mount.ts'
import * as routes from '../routes.gen.ts'

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const services of opened.splice(0)) await services[Symbol.asyncDispose]()
})

function open(options: FakeServicesOptions = {}) {
  const traces = new HeardTraces()
  const services = createFakeServices({ traces, ...options })
  opened.push(services)
  const { fetch } = mount(Object.values(routes), services)
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    }
    const answer = await fetch(new Request(`http://localhost${path}`, init))
    return { status: answer.status, text: await answer.text() }
  }
  const metrics = async (headers: Record<string, string> = {}) =>
    (await fetch(new Request('http://localhost/metrics', { headers }))).text()
  return { traces, services, post, metrics, fetch }
}

const hello = { messages: [{ role: 'user', content: 'planted words' }] }

test('a conversation is told as a request, a wait and a generation, without a word of it', async () => {
  const { traces, post } = open()
  const sent = { ...hello, stream: true, max_tokens: 5, stop: ['planted end'], temperature: 0.5, seed: 7 }
  await post('/v1/chat/completions', sent, { traceparent: 'from the client' })
  expect(traces.begun[0]?.traceparent).toBe('from the client')
  expect(traces.parts.map(({ name }) => name)).toEqual(['queue smollm2-135m-instruct', 'chat smollm2-135m-instruct'])
  expect(traces.parts[1]?.facts).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.max_tokens': 5,
    'gen_ai.request.temperature': 0.5,
    'gen_ai.request.seed': 7,
    'gen_ai.request.stream': true,
    'gen_ai.response.finish_reasons': ['stop'],
  })
  expect(traces.ended).toMatchObject([{ name: 'POST /v1/chat/completions', error: undefined }])
  expect(traces.ended[0]?.facts).toMatchObject({
    'http.response.status_code': 200,
    'http.route': '/v1/chat/completions',
  })
  expect(JSON.stringify(traces)).not.toContain('planted')
})

test('what is done for a response in the background stands in the trace of the request that began it', async () => {
  const { traces, services, post } = open()
  const { text } = await post('/v1/responses', { input: 'planted words', background: true })
  expect(traces.ended).toMatchObject([{ name: 'POST /v1/responses' }])
  const { id } = JSON.parse(text) as { id: string }
  for await (const _ of services.background.find(id)?.follow(-1, new AbortController().signal) ?? []);
  expect(traces.parts.map(({ name }) => name)).toEqual(['queue smollm2-135m-instruct', 'chat smollm2-135m-instruct'])
  expect(traces.begun).toHaveLength(1)
  expect(JSON.stringify(traces)).not.toContain('planted')
})

test('a key in a path is told neither at the beginning of a trace nor at its end', async () => {
  const { traces, fetch } = open()
  const made = `sk-hearth-${'x'.repeat(49)}`
  for (const secret of [made, `hf_${'y'.repeat(34)}`]) {
    await fetch(new Request(`http://localhost/v1/models/${secret}?key=${secret}`))
    await fetch(new Request(`http://localhost/${secret}/v1/models`))
    expect(traces.ended.at(-1)?.facts['url.path']).toBe('/[key]/v1/models')
    expect(JSON.stringify([traces.begun, traces.ended])).not.toContain(secret)
  }
})

test('what is asked and answered is told only where the configuration says so', async () => {
  const { traces, post } = open({ limits: { logsContent: true } })
  await post('/v1/chat/completions', hello)
  const facts = traces.parts.find(({ name }) => name.startsWith('chat'))?.facts ?? {}
  expect(JSON.parse(String(facts['gen_ai.input.messages']))).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'planted words' }] },
  ])
  expect(JSON.parse(String(facts['gen_ai.output.messages']))).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'Hello there!' }], finish_reason: 'stop' },
  ])
})

test('a generation that fails ends its span with the code, and the request too', async () => {
  const { traces, post } = open()
  await post('/v1/chat/completions', { ...hello, model: 'failing' })
  expect(traces.parts.at(-1)).toMatchObject({ name: 'chat failing', error: 'generation_failed' })
  expect(traces.ended[0]).toMatchObject({ error: 'generation_failed', facts: { 'http.response.status_code': 500 } })
})

test('a wait that fails is told with what it has failed with, and so is its load', async () => {
  const { traces, post } = open()
  const { status } = await post('/v1/chat/completions', { ...hello, model: 'broken' })
  expect(status).toBeGreaterThanOrEqual(500)
  expect(traces.parts).toMatchObject([
    { name: 'queue broken', error: 'model_load_failed', parts: [{ name: 'load broken', error: 'model_load_failed' }] },
  ])
})

test('the time to the first piece is told of streams alone', async () => {
  const { traces, post } = open()
  for (const stream of [true, false]) await post('/v1/chat/completions', { ...hello, stream })
  const told = traces.parts.filter(({ name }) => name.startsWith('chat'))
  expect(told.map(({ facts }) => facts['gen_ai.response.time_to_first_chunk'] !== undefined)).toEqual([true, false])
})

test('nothing is told of a request whose caller did not want it', async () => {
  const { traces, post } = open()
  traces.isSampled = false
  await post('/v1/chat/completions', hello)
  expect(traces.parts).toEqual([])
  expect(traces.ended[0]?.facts).toEqual({})
})

test('texts that are embedded are told with how many and how long they are', async () => {
  const { traces, post } = open()
  await post('/v1/embeddings', { input: ['planted', 'words'] })
  expect(traces.parts.at(-1)?.facts).toMatchObject({
    'gen_ai.operation.name': 'embeddings',
    'hearth.request.texts': 2,
    'gen_ai.usage.input_tokens': expect.any(Number),
  })
  expect(JSON.stringify(traces)).not.toContain('planted')
})

test('requests are counted under the name of their key, and names that clients make up nowhere', async () => {
  const store = createApiKeyStore({ path: inMemory, now: Date.now })
  const { secret } = store.create({ name: 'phone', scopes: ['inference', 'read'] })
  const keys = createKeyRing({ store, given: [], isRequired: 'always', isForOthers: false, now: Date.now })
  const { post, metrics, fetch } = open({ keys, keyStore: store })
  const authorization = `Bearer ${secret}`
  await post('/v1/chat/completions', hello, { authorization })
  await post('/v1/chat/completions', { ...hello, model: 'planted-model' }, { authorization })
  await post('/v1/chat/completions', hello, { authorization: 'Bearer planted-key' })
  await fetch(new Request('http://localhost/planted-path', { method: 'PLANTED' }))
  const text = await metrics({ authorization })
  const route = 'route="/v1/chat/completions",method="POST"'
  expect(text).toContain(
    `hearth_http_requests_total{${route},status="200",model="smollm2-135m-instruct",key="phone"} 1`,
  )
  expect(text).toContain(`hearth_http_requests_total{${route},status="404",model="",key="phone"} 1`)
  expect(text).toContain(`hearth_http_requests_total{${route},status="401",model="",key=""} 1`)
  expect(text).toContain('hearth_request_errors_total{code="invalid_api_key",model="",key=""} 1')
  expect(text).toContain('hearth_request_errors_total{code="model_not_found",model="",key="phone"} 1')
  expect(text).toContain('hearth_time_to_first_token_seconds_count{model="smollm2-135m-instruct",key="phone"} 1')
  expect(text).toContain('hearth_trace_spans_dropped_total{reason="collector"} 2')
  expect(text).not.toContain('planted')
  expect(text).not.toContain(secret)
})

test('how models stand is read when somebody asks', async () => {
  const { post, metrics } = open()
  await post('/v1/chat/completions', hello)
  const text = await metrics()
  expect(text).toContain('hearth_model_slots{model="resident"} 4')
  expect(text).toContain('hearth_model_memory_bytes{model="resident"} 63000000')
  expect(text).toContain('hearth_model_state{model="smollm2-135m-instruct",state="ready"} 1')
  expect(text).toContain('hearth_requests_running{model="smollm2-135m-instruct",task="generation"} 1')
  expect(text).toMatch(/^hearth_build_info\{version="0\.1\.0",runtime="bun [\d.]+"\} 1$/m)
  expect(text).toMatch(/^hearth_http_requests_in_flight 1$/m)
})

test('how the addresses of a provider stand is read, too', async () => {
  const address = {
    address: 'http://other:1/v1',
    breaker: 'half-open',
    busy: 2,
    isHealthy: false,
    counts: { attempts: 9, retries: 3, failures: 4 },
  } as const
  const provider = { name: 'other', status: () => [address] } as unknown as Provider
  const { metrics } = open({ providers: { ...noProviders, list: () => [provider] } })
  const text = await metrics()
  const labels = '{provider="other",address="http://other:1/v1"}'
  expect(text).toContain(`hearth_upstream_requests_in_flight${labels} 2`)
  expect(text).toContain(`hearth_upstream_breaker_open${labels} 0.5`)
  expect(text).toContain(`hearth_upstream_healthy${labels} 0`)
  expect(text).toContain(`hearth_upstream_attempts_total${labels} 9`)
  expect(text).toContain(`hearth_upstream_retries_total${labels} 3`)
  expect(text).toContain(`hearth_upstream_failures_total${labels} 4`)
})
