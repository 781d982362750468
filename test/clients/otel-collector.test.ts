import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { buildCollector } from './collector/build-collector.ts'
import type { CollectedSpan } from './collector/read-spans.ts'
import { type Collector, startCollector } from './collector/start-collector.ts'

const program = await buildCollector()
const note = program ? '' : ' (skipped: there is no Go to build it with)'

describe.skipIf(!program)(`OpenTelemetry's collector${note}`, () => {
  let collector: Collector
  let hearth: Hearth
  let home = ''
  const caller = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' }
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(hearth.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  beforeAll(async () => {
    collector = await startCollector(program ?? '')
    home = mkdtempSync(join(tmpdir(), 'hearth-traces-'))
    hearth = await startHearth({
      environment: {
        PATH: process.env.PATH ?? '',
        HOME: home,
        HEARTH_HOME: home,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=planted-secret-of-the-collector',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_SERVICE_NAME: 'hearth-under-test',
      },
    })
  }, 90_000)
  afterAll(async () => {
    await hearth?.stop()
    await collector?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  test('takes the trace of a conversation, with the caller’s span as its parent', async () => {
    const answer = await post(
      '/v1/chat/completions',
      { messages: [{ role: 'user', content: 'planted words of a prompt' }], max_tokens: 6, temperature: 0, top_p: 0.9 },
      { traceparent: `00-${caller.trace}-${caller.span}-01` },
    )
    const { usage } = (await answer.json()) as { usage: Record<string, number> }
    const spans = await collector.until('POST /v1/chat/completions')
    const find = (name: string) => spans.find((span) => span.name === name) as CollectedSpan
    const server = find('POST /v1/chat/completions')
    expect(server).toMatchObject({
      traceId: caller.trace,
      parentId: caller.span,
      kind: 'Server',
      status: 'Unset',
      resource: {
        'service.name': 'Str(hearth-under-test)',
        'deployment.environment.name': 'Str(test)',
      },
      attributes: {
        'http.request.method': 'Str(POST)',
        'http.route': 'Str(/v1/chat/completions)',
        'http.response.status_code': 'Int(200)',
        'server.address': 'Str(127.0.0.1)',
      },
    })
    const chat = find('chat smollm2-135m-instruct')
    expect(chat).toMatchObject({
      traceId: caller.trace,
      parentId: server.id,
      kind: 'Internal',
      attributes: {
        'gen_ai.operation.name': 'Str(chat)',
        'gen_ai.provider.name': 'Str(hearth)',
        'gen_ai.request.model': 'Str(smollm2-135m-instruct)',
        'gen_ai.response.model': 'Str(smollm2-135m-instruct)',
        'gen_ai.request.max_tokens': 'Int(6)',
        'gen_ai.request.top_p': 'Double(0.9)',
        'gen_ai.usage.input_tokens': `Int(${usage.prompt_tokens})`,
        'gen_ai.usage.output_tokens': `Int(${usage.completion_tokens})`,
        'gen_ai.response.finish_reasons': 'Slice(["length"])',
      },
    })
    const inner = ['prefill', 'decode'].map((name) => find(`${name} smollm2-135m-instruct`))
    expect(inner.map(({ parentId }) => parentId)).toEqual([chat.id, chat.id])
    expect(find('queue smollm2-135m-instruct').parentId).toBe(server.id)
    expect(chat.seconds).toBeLessThanOrEqual(server.seconds)
    expect(inner.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThanOrEqual(chat.seconds + 0.001)
    expect(collector.said()).not.toContain('planted words')
  }, 60_000)

  test('takes embeddings, refusals, and at the end what had not been sent yet', async () => {
    await (await post('/v1/embeddings', { input: ['a cat', 'a dog'] })).json()
    await (await post('/v1/chat/completions', { model: 'absent', messages: [{ role: 'user', content: 'x' }] })).json()
    await (await fetch(`${hearth.url}/last-request`)).json()
    const leftOut = '00-11111111111111111111111111111111-2222222222222222-00'
    await (await fetch(`${hearth.url}/health`, { headers: { traceparent: leftOut } })).json()
    expect(await hearth.stop()).toBe(0)
    const spans = await collector.until('GET')
    expect(spans.find(({ name }) => name === 'embeddings all-minilm-l6-v2')?.attributes).toMatchObject({
      'gen_ai.operation.name': 'Str(embeddings)',
      'gen_ai.embeddings.dimension.count': 'Int(384)',
      'hearth.request.texts': 'Int(2)',
    })
    const refused = spans.find(({ attributes }) => attributes['http.response.status_code'] === 'Int(404)')
    expect(refused?.attributes['hearth.error.code']).toBe('Str(model_not_found)')
    expect(refused?.status).toBe('Unset')
    expect(spans.filter(({ traceId }) => traceId.startsWith('1111'))).toEqual([])
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBeGreaterThanOrEqual(4)
    expect(hearth.log()).not.toContain('planted-secret')
  }, 60_000)
})

test('a collector that is not there costs nothing but its traces', async () => {
  const home = mkdtempSync(join(tmpdir(), 'hearth-traces-'))
  const environment = { PATH: process.env.PATH ?? '', HOME: home, HEARTH_HOME: home, OTEL_EXPORTER_OTLP_TIMEOUT: '500' }
  const hearth = await startHearth({ environment, flags: ['--otlp-endpoint', 'http://localhost:9'] })
  try {
    for (let asked = 0; asked < 20; asked++) expect((await fetch(`${hearth.url}/health`)).status).toBe(200)
    let text = ''
    for (
      const patience = AbortSignal.timeout(20_000);
      !patience.aborted && !text.includes('{reason="collector"} 2');
    ) {
      text = await (await fetch(`${hearth.url}/metrics`)).text()
    }
    expect(text).toMatch(/hearth_trace_spans_dropped_total\{reason="collector"\} 2\d/)
    expect(hearth.log().match(/traces are lost/g)).toHaveLength(1)
  } finally {
    expect(await hearth.stop()).toBe(0)
    rmSync(home, { recursive: true, force: true })
  }
}, 60_000)
