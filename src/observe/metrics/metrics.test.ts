import { expect, test } from 'bun:test'
import { ServerError } from '../../core/errors.ts'
import type { Usage } from '../../core/generation.ts'
import type { LoadedModel } from '../../core/runtime.ts'
import { formatFor } from './exposition.ts'
import { LabelLimit } from './label-limit.ts'
import { metricTable } from './metric-table.ts'
import { Metrics } from './metrics.ts'
import { PayerLimit } from './payer-labels.ts'

const usage: Usage = {
  promptTokens: 100,
  cachedTokens: 60,
  completionTokens: 21,
  reasoningTokens: 5,
  forcedTokens: 0,
  draftedTokens: 8,
  acceptedTokens: 6,
  promptMilliseconds: 50,
  generationMilliseconds: 400,
}
const generation = { model: 'a', usage, reason: 'stop', waitMilliseconds: 150, share: 'k1' } as const

async function linesOf(metrics: Metrics): Promise<readonly string[]> {
  const { text } = await metrics.expose([])
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('process_'))
}

test('what was counted before anybody scraped is there at the first scrape', async () => {
  const metrics = new Metrics(() => true)
  metrics.payers.admit({ id: 'k1', name: 'phone' })
  metrics.generated(generation)
  const labels = '{model="a",key="phone"}'
  expect(await linesOf(metrics)).toEqual(
    expect.arrayContaining([
      `hearth_prompt_tokens_total${labels} 100`,
      `hearth_prompt_cached_tokens_total${labels} 60`,
      `hearth_prompt_cache_hits_total${labels} 1`,
      `hearth_completion_tokens_total${labels} 21`,
      `hearth_reasoning_tokens_total${labels} 5`,
      `hearth_draft_tokens_total${labels} 8`,
      `hearth_draft_accepted_tokens_total${labels} 6`,
      'hearth_generations_total{model="a",key="phone",reason="stop"} 1',
      `hearth_time_to_first_token_seconds_sum${labels} 0.2`,
      `hearth_time_per_output_token_seconds_sum${labels} 0.02`,
    ]),
  )
  metrics.generated(generation)
  expect(await linesOf(metrics)).toContain(`hearth_completion_tokens_total${labels} 42`)
})

test('nothing is counted where nobody wants it', async () => {
  const metrics = new Metrics(() => false)
  metrics.began()
  metrics.generated(generation)
  metrics.answered({ route: '/x', method: 'GET', status: 200, milliseconds: 1 })
  metrics.failed('internal')
  const lines = await linesOf(metrics)
  expect(lines.filter((line) => /^hearth_(http_requests_total|generations|request_errors)/.test(line))).toEqual([])
  expect(lines).toContain('hearth_http_requests_in_flight 0')
})

test('models that come and go are told apart by how they left', async () => {
  const metrics = new Metrics(() => true)
  const error = new ServerError('internal', { reference: 'r' })
  const ready = { type: 'ready', model: 'a', loaded: {} as LoadedModel, seconds: 2 } as const
  metrics.noted(ready)
  metrics.noted({ type: 'left', model: 'a', why: 'room' })
  metrics.noted(ready)
  metrics.noted({ type: 'failed', model: 'a', error, retrySeconds: 1 })
  metrics.noted({ type: 'failed', model: 'a', error, retrySeconds: 1 })
  metrics.noted({ type: 'left', model: 'a', why: 'idle' })
  const lines = (await linesOf(metrics)).filter((line) => line.startsWith('hearth_model_'))
  expect(lines.filter((line) => !line.includes('_bucket'))).toEqual([
    'hearth_model_load_seconds_sum{model="a"} 4',
    'hearth_model_load_seconds_count{model="a"} 2',
    'hearth_model_load_failures_total{model="a"} 1',
    'hearth_model_departures_total{model="a",reason="evicted"} 1',
    'hearth_model_crashes_total{model="a"} 1',
  ])
})

test('a provider’s answers are counted with the words of this server', async () => {
  const metrics = new Metrics(() => true)
  const record = {
    provider: 'other',
    model: 'other/m',
    ability: 'chat',
    share: 'somebody',
    promptTokens: 10,
    cachedTokens: 0,
    completionTokens: 5,
    reasoningTokens: 0,
    isCounted: true,
    reason: 'tool_calls',
    firstByteMilliseconds: 100,
    milliseconds: 500,
  }
  metrics.forwarded(record)
  metrics.forwarded({ ...record, reason: 'made up by the provider' })
  metrics.forwarded({ ...record, ability: 'embeddings', completionTokens: 0 })
  expect(await linesOf(metrics)).toEqual(
    expect.arrayContaining([
      'hearth_generations_total{model="other/m",key="",reason="tool-calls"} 1',
      'hearth_generations_total{model="other/m",key="",reason="other"} 1',
      'hearth_upstream_answers_total{provider="other",ability="embeddings",model="other/m",key=""} 1',
      'hearth_text_tokens_total{model="other/m",key="",task="embedding"} 10',
      'hearth_time_per_output_token_seconds_sum{model="other/m",key=""} 0.2',
      'hearth_upstream_duration_seconds_count{provider="other"} 3',
    ]),
  )
})

test('nothing that clients make up becomes a label, and there are never more than so many series', () => {
  const limit = new PayerLimit()
  expect(limit.labels('a', 'a share that is no key')).toEqual({ model: 'a', key: '' })
  for (let key = 0; key < 1000; key++) limit.admit({ id: `id${key}`, name: `name${key}` })
  const seen = new Set<string>()
  for (let model = 0; model < 400; model++)
    for (let key = 0; key < 1000; key += 7) {
      const labels = limit.labels(`model${model}`, `id${key}`)
      seen.add(`${labels.model} ${labels.key}`)
    }
  expect(seen.size).toBeLessThan(512 + 2 * 257)
  expect(seen).toContain('other other')
  expect(limit.labels('model0', 'id999')).toEqual({ model: 'model0', key: 'other' })
  const few = new LabelLimit(2)
  expect(['x', 'y', 'z', 'x', ''].map((value) => few.keep(value))).toEqual(['x', 'y', 'other', 'x', ''])
})

test('names that a provider takes do not push out the models that run here', async () => {
  const metrics = new Metrics(() => true)
  for (let model = 0; model < 400; model++) metrics.failed('x', `provider/${model}`)
  metrics.noted({ type: 'loading', model: 'mine' })
  metrics.failed('x', 'mine')
  const lines = await linesOf(metrics)
  expect(lines).toContain('hearth_request_errors_total{code="x",model="mine",key=""} 1')
  expect(lines).toContain('hearth_request_errors_total{code="x",model="other",key=""} 144')
})

test('a key that got another name is counted under that', () => {
  const limit = new PayerLimit()
  limit.admit({ id: 'k1', name: 'phone' })
  expect(limit.labels('a', 'k1').key).toBe('phone')
  limit.admit({ id: 'k1', name: 'tablet' })
  expect(limit.labels('a', 'k1').key).toBe('tablet')
})

test('a provider that counts beyond every number spoils no sum', async () => {
  const metrics = new Metrics(() => true)
  const timed = { ...generation, waitMilliseconds: Number.NaN }
  metrics.generated({ ...timed, usage: { ...usage, completionTokens: Number.POSITIVE_INFINITY } })
  metrics.generated(generation)
  const lines = await linesOf(metrics)
  const labels = '{model="a",key=""}'
  expect(lines).toContain(`hearth_completion_tokens_total${labels} 21`)
  expect(lines).toContain(`hearth_time_to_first_token_seconds_count${labels} 2`)
  expect(lines.join()).not.toMatch(/NaN|Infinity/)
})

test('a value falls into the bucket whose bound it reaches, and buckets hold all that is less', async () => {
  const metrics = new Metrics(() => true)
  for (const milliseconds of [10, 10.1, 1e9]) metrics.waited('a', milliseconds)
  const lines = (await linesOf(metrics)).filter((line) => line.startsWith('hearth_queue_wait_seconds_bucket'))
  const counts = lines.map((line) => [/le="([^"]+)"/.exec(line)?.[1], Number(line.split(' ').at(-1))])
  expect(counts.slice(0, 2)).toEqual([
    ['0.01', 1],
    ['0.02', 2],
  ])
  expect(counts.slice(-2)).toEqual([
    ['327.68', 2],
    ['+Inf', 3],
  ])
})

test('whoever likes OpenMetrics better gets that', async () => {
  const prometheus = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'
  expect([null, '*/*', 'text/plain, application/openmetrics-text', prometheus].map(formatFor)).toEqual([
    'prometheus',
    'prometheus',
    'prometheus',
    'openmetrics',
  ])
  expect(formatFor('application/openmetrics-text;q=0')).toBe('prometheus')
  const metrics = new Metrics(() => true)
  metrics.generated(generation)
  const { text, contentType } = await metrics.expose([], 'openmetrics')
  expect(contentType).toStartWith('application/openmetrics-text; version=1.0.0')
  expect(text).toContain('# TYPE hearth_completion_tokens counter\nhearth_completion_tokens_total{')
  expect(text).toContain('le="1.0"')
  expect(text).toEndWith('\n# EOF\n')
})

test('text of names is written so that it stays one line', async () => {
  const metrics = new Metrics(() => true)
  metrics.payers.admit({ id: 'k1', name: 'a "quoted"\nname\\' })
  metrics.generated(generation)
  expect(await linesOf(metrics)).toContain(
    'hearth_completion_tokens_total{model="a",key="a \\"quoted\\"\\nname\\\\"} 21',
  )
})

test('two scrapes at once do not write into each other', async () => {
  const metrics = new Metrics(() => true)
  const reading = (value: number) => [{ name: 'hearth_models_loaded', value } as const]
  const texts = await Promise.all([1, 2, 3].map((value) => metrics.expose(reading(value))))
  const values = texts.map(({ text }) => /^hearth_models_loaded (\d)$/m.exec(text)?.[1])
  expect(values).toEqual(['1', '2', '3'])
})

test('a long scrape lets others have their turn', async () => {
  const metrics = new Metrics(() => true)
  for (let model = 0; model < 250; model++) metrics.waited(`model${model}`, 1)
  let turns = 0
  const timer = setInterval(() => turns++, 0)
  const { text } = await metrics.expose([])
  clearInterval(timer)
  expect(turns).toBeGreaterThan(0)
  expect(text.match(/^hearth_queue_wait_seconds_count/gm)).toHaveLength(250)
})

test('what nobody could read is not told as 0', async () => {
  const { text } = await new Metrics(() => true).expose([])
  expect(text).not.toMatch(/^hearth_models_loaded /m)
  expect(text).toMatch(/^process_resident_memory_bytes \d{7,}/m)
})

test('names and units are as Prometheus has them', () => {
  for (const [name, { type, help, buckets = [] }] of Object.entries(metricTable)) {
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
    expect(name).toMatch(/^(hearth|process)_[a-z_]+$/)
    expect(help).toEndWith('.')
    expect([...buckets].sort((a, b) => a - b)).toEqual([...buckets])
  }
})
