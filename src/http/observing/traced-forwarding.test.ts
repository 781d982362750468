import { expect, test } from 'bun:test'
import { HeardTraces } from '../../../test/fakes/heard-traces.ts'
import { openGateway } from '../../../test/fakes/open-gateway.ts'

test('a provider gets the span of what it is asked for as its parent', async () => {
  const traces = new HeardTraces()
  await using open = await openGateway({ traces })
  await (await open.chat({ stream: true })).text()
  expect(open.upstream.requests[0]?.headers.traceparent).toBe('of chat fake')
  expect(traces.parts).toMatchObject([
    {
      name: 'chat fake',
      kind: 'client',
      error: undefined,
      facts: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'other',
        'gen_ai.request.stream': true,
        'gen_ai.usage.input_tokens': 7,
        'gen_ai.response.time_to_first_chunk': expect.any(Number),
      },
    },
  ])
})

test('an answer of a provider that breaks off ends its span with the code', async () => {
  for (const stream of [true, false]) {
    const traces = new HeardTraces()
    await using open = await openGateway({ traces })
    open.upstream.fail('reset-mid-stream')
    await (await open.chat({ stream })).text()
    expect(traces.parts).toHaveLength(1)
    expect(traces.parts[0]?.error).toStartWith('upstream_')
  }
})

test('a provider that refuses ends its span with the code', async () => {
  const traces = new HeardTraces()
  await using open = await openGateway({ traces })
  open.upstream.fail({ status: 500, body: '{"error":{"message":"No."}}' })
  expect((await open.chat()).status).toBeGreaterThanOrEqual(500)
  expect(traces.parts).toMatchObject([{ name: 'chat fake', error: 'upstream_failed' }])
})

test('a request that another model answers counts each failure once, for who pays', async () => {
  await using open = await openGateway({ fallbacks: [{ model: 'broken', to: ['other/fake'] }] })
  open.services.metrics.payers.admit({ id: 'anonymous', name: 'the payer' })
  expect((await open.chat({ model: 'broken' })).status).toBe(200)
  const { text } = await open.services.metrics.expose([])
  const lines = text.split('\n').filter((line) => /^hearth_(requests_total|request_errors_total)/.test(line))
  expect(lines.map((line) => line.replace('key="the payer"', 'key'))).toEqual([
    'hearth_request_errors_total{code="model_load_failed",model="broken",key} 1',
    'hearth_requests_total{model="broken",key,task="generation",outcome="failed"} 1',
    'hearth_requests_total{model="other/fake",key,task="generation",outcome="completed"} 1',
  ])
})
