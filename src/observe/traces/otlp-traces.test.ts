import { afterEach, expect, test } from 'bun:test'
import { gunzipSync } from 'node:zlib'
import { createMemoryLog } from '../../../test/fakes/memory-log.ts'
import { mostWaitingSpans } from './bounded-spans.ts'
import type { OtlpSettings } from './otlp-settings.ts'
import { createOtlpTraces } from './otlp-traces.ts'

interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly status: { readonly code: number }
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
}

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Takes what is posted to it. */
function collect(answer: () => Response = () => new Response('{}')) {
  const got: { headers: Headers; spans: readonly SentSpan[] }[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const bytes = new Uint8Array(await request.arrayBuffer())
      const isPacked = request.headers.get('content-encoding') === 'gzip'
      const body = JSON.parse(new TextDecoder().decode(isPacked ? gunzipSync(bytes) : bytes))
      got.push({ headers: request.headers, spans: body.resourceSpans[0].scopeSpans[0].spans })
      return answer()
    },
  })
  closing.push(() => server.stop(true))
  return { got, url: `http://127.0.0.1:${server.port}/v1/traces` }
}

const settingsFor = (url: string, more: Partial<OtlpSettings> = {}): OtlpSettings => ({
  url,
  headers: { authorization: 'Bearer planted' },
  isCompressed: false,
  timeoutMilliseconds: 300,
  resource: { 'service.name': 'hearth' },
  sampler: { name: 'parentbased_always_on', ratio: 1 },
  ...more,
})
const call = (traceparent: string | null = null, tracestate: string | null = null) => ({
  traceparent,
  tracestate,
  began: performance.now(),
  facts: {},
})
const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const ended = (name = 'GET /x') => ({ name, ended: performance.now(), facts: {} })

test('a request and its parts are one trace, below the caller’s span', async () => {
  const { got, url } = collect()
  const traces = await createOtlpTraces(settingsFor(url, { isCompressed: true }), createMemoryLog())
  const trace = traces.begin(call(parent, 'vendor=1'))
  trace?.tell({
    name: 'chat m',
    began: 1,
    ended: 5,
    facts: { 'gen_ai.request.model': 'm', missing: undefined, list: ['a'] },
    parts: [{ name: 'prefill m', began: 1, ended: 3, facts: {} }],
    error: 'generation_failed',
  })
  trace?.end(ended())
  trace?.end(ended('again'))
  await traces.close()
  const [sent] = got
  expect(sent?.headers.get('authorization')).toBe('Bearer planted')
  const byName = (name: string) => sent?.spans.find((span) => span.name === name)
  const server = byName('GET /x')
  expect(sent?.spans.map(({ traceId }) => traceId)).toEqual(Array(3).fill('0af7651916cd43dd8448eb211c80319c'))
  expect(server?.parentSpanId).toBe('b7ad6b7169203331')
  expect(byName('chat m')?.parentSpanId).toBe(server?.spanId)
  expect(byName('prefill m')?.parentSpanId).toBe(byName('chat m')?.spanId)
  expect(byName('chat m')?.status.code).toBe(2)
  expect(byName('chat m')?.attributes).toEqual([
    { key: 'gen_ai.request.model', value: { stringValue: 'm' } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }] } } },
    { key: 'error.type', value: { stringValue: 'generation_failed' } },
  ])
  expect(traces.counts()).toEqual({ exported: 3, dropped: { queue: 0, collector: 0 } })
})

test('another server that is asked gets the span of what it is asked for as its parent', async () => {
  const { got, url } = collect()
  const traces = await createOtlpTraces(settingsFor(url), createMemoryLog())
  const trace = traces.begin(call(parent, 'vendor=1'))
  const part = trace?.open({ name: 'chat m', began: 1, facts: { asked: 'm' } })
  part?.end({ ended: 5, facts: { told: 3 }, error: 'upstream_broken' })
  part?.end({ ended: 6, facts: {} })
  trace?.open({ name: 'never ended', began: 1, facts: {} })
  trace?.end(ended())
  await traces.close()
  const spans = got[0]?.spans ?? []
  expect(spans.map(({ name }) => name)).toEqual(['chat m', 'GET /x'])
  const [client, server] = spans
  expect(client).toMatchObject({ kind: 3, parentSpanId: server?.spanId, status: { code: 2 } })
  expect(client?.attributes.map(({ key }) => key)).toEqual(['asked', 'told', 'error.type'])
  expect(part?.headers).toEqual({
    traceparent: `00-0af7651916cd43dd8448eb211c80319c-${client?.spanId}-01`,
    tracestate: 'vendor=1',
  })
})

test('what a caller does not want to be traced is not, and is handed on so', async () => {
  const { got, url } = collect()
  const traces = await createOtlpTraces(settingsFor(url), createMemoryLog())
  const trace = traces.begin(call(parent.replace(/01$/, '00')))
  expect(trace?.isSampled).toBe(false)
  const part = trace?.open({ name: 'chat m', began: 1, facts: {} })
  expect(part?.headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-00$/)
  part?.end({ ended: 2, facts: {} })
  trace?.end(ended())
  await traces.close()
  expect(got).toEqual([])
})

test('a traceparent that is none begins a new trace', async () => {
  const { url } = collect()
  const traces = await createOtlpTraces(settingsFor(url), createMemoryLog())
  for (const wrong of [
    'x',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    `${parent}-more`,
    'ff'.repeat(5000),
  ]) {
    const trace = traces.begin(call(wrong))
    expect(trace?.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(trace?.traceId).not.toMatch(/^0{32}$|^0af7/)
  }
  await traces.close()
})

test('a collector that refuses costs the traces, which are counted, and is told once', async () => {
  const { url } = collect(() => new Response('no', { status: 400 }))
  const log = createMemoryLog()
  const traces = await createOtlpTraces(settingsFor(url), log)
  for (let count = 0; count < mostWaitingSpans + 10; count++) traces.begin(call())?.end(ended())
  expect(traces.counts()?.dropped.queue).toBe(10)
  await traces.close()
  expect(traces.counts()).toEqual({ exported: 0, dropped: { queue: 10, collector: mostWaitingSpans } })
  expect(log.lines.map(({ message }) => message)).toEqual(['traces are lost: the collector does not take them'])
  expect(JSON.stringify(log.lines)).not.toContain('planted')
})
