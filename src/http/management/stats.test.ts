import { describe, expect, test } from 'bun:test'
import { createGate } from '../../../test/fakes/gate.ts'
import { type OpenServer, openServer } from '../../../test/fakes/open-server.ts'
import type { Stats } from '../../protocol/management/stats.wire.ts'

const chat = { messages: [{ role: 'user', content: 'Say hello.' }] }
const id = 'smollm2-135m-instruct'

const fetchStats = async ({ server }: OpenServer) => (await (await fetch(`${server.url}/v1/stats`)).json()) as Stats
const listed = async ({ server }: OpenServer) =>
  ((await (await fetch(`${server.url}/v1/requests`)).json()) as { data: unknown[] }).data

test('what requests do is counted, for each model and in all', async () => {
  await using open = openServer()
  const stats = async () => (await (await fetch(`${open.server.url}/v1/stats`)).json()) as Stats
  await open.post('/v1/chat/completions', { ...chat, n: 2 })
  await open.post('/v1/chat/completions', { ...chat, stream: true }).then((response) => response.text())
  await open.post('/v1/responses', { input: 'Hello' })
  await open.post('/v1/embeddings', { input: ['a cat', 'a dog'] })
  await open.post('/v1/rerank', { query: 'a cat', documents: ['a dog'] })
  await open.post('/v1/chat/completions', { ...chat, model: 'broken' })
  await open.post('/v1/chat/completions', { ...chat, temperature: 'hot' })
  const { total, models, last, output_tokens } = await stats()
  expect(total).toMatchObject({
    requests: 6,
    generations: 4,
    embedded_texts: 2,
    ranked_texts: 1,
    loads: 2,
    failed_loads: 1,
    errors: { model_load_failed: 1, invalid_parameter: 1 },
  })
  const model = models.find((each) => each.id === id)
  expect(model).toMatchObject({ requests: 3, generations: 4, running: 1, loads: 1, errors: {} })
  expect(model?.output_tokens).toBe(total.output_tokens)
  expect(model?.time_to_first_token_seconds.count).toBe(4)
  expect(models.find((each) => each.id === 'broken')?.errors).toEqual({ model_load_failed: 1 })
  expect(last).toMatchObject({ model: id, finish_reason: 'stop' })
  expect(output_tokens).toBe(last?.output_tokens as number)
})

test('those that run and wait are told as they are now', async () => {
  const gate = createGate(1)
  await using open = openServer({ runtime: { gate: gate.hold, slots: 1 } })
  const answers = [1, 2, 3].map(() => open.post('/v1/chat/completions', chat))
  await gate.arrival()
  const model = async () => {
    const { models } = (await (await fetch(`${open.server.url}/v1/stats`)).json()) as Stats
    return models.find((each) => each.id === id)
  }
  while ((await model())?.waiting !== 2) await new Promise((resolve) => setImmediate(resolve))
  // With the one that the fake services list.
  expect(await model()).toMatchObject({ running: 2, waiting: 2 })
  gate.open()
  await Promise.all(answers)
  expect(await model()).toMatchObject({ running: 1, waiting: 0, wait_seconds: { count: 3 } })
})

describe('the requests', () => {
  /** Waits until every request has ended but the one that the fake services list. */
  const atRest = async ({ server }: OpenServer) => {
    for (;;) {
      const { total, models } = (await (await fetch(`${server.url}/v1/stats`)).json()) as Stats
      for (const tally of [total, ...models])
        expect(tally.requests).toBe(
          tally.running - Number(tally.running > 0) + tally.waiting + tally.completed + tally.failed + tally.cancelled,
        )
      if (total.running + total.waiting === 1) return total
    }
  }

  test('are those that run, wait and have ended, whatever became of them', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold, slots: 1 }, maxWaiting: 1 })
    const leaving = new AbortController()
    const first = open.post('/v1/chat/completions', { ...chat, stream: true }, { signal: leaving.signal })
    await gate.arrival()
    const waiting = open.post('/v1/chat/completions', chat)
    while ((await fetchStats(open)).total.waiting !== 1);
    expect((await open.post('/v1/chat/completions', chat)).status).toBe(429)
    expect((await fetchStats(open)).total).toMatchObject({ requests: 3, running: 2, waiting: 1, failed: 1 })
    await (await first).body?.getReader().read()
    leaving.abort()
    while ((await fetchStats(open)).total.cancelled < 1);
    const background = await open.post('/v1/responses', { input: 'Hello', background: true })
    const { id: response } = (await background.json()) as { id: string }
    while ((await fetchStats(open)).total.waiting !== 1);
    await open.post(`/v1/responses/${response}/cancel`, {})
    gate.open()
    expect((await waiting).status).toBe(200)
    expect(await atRest(open)).toMatchObject({
      ...{ requests: 4, completed: 1, failed: 1, cancelled: 2 },
      errors: { queue_full: 1, request_cancelled: 2 },
    })
  })

  test('do not have loads among them', async () => {
    const hold = Promise.withResolvers<void>()
    await using open = openServer({ runtime: { whileLoading: () => hold.promise } })
    const load = open.post('/v1/models/load', { model: id })
    while ((await listed(open)).length < 2);
    expect((await fetchStats(open)).total).toMatchObject({ requests: 0, running: 1, waiting: 0 })
    hold.resolve()
    await load
  })

  test('whose clients leave in the middle have cost what they have cost', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const leaving = new AbortController()
    const response = await open.post('/v1/chat/completions', { ...chat, stream: true }, { signal: leaving.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    await gate.arrival()
    leaving.abort()
    await open.services.log.waitFor(({ message, facts }) => message === 'request' && facts.status === 499)
    gate.open()
    while ((await fetchStats(open)).total.generations < 1);
    const { total, last } = await fetchStats(open)
    expect(total).toMatchObject({ output_tokens: 1, cancelled: 1, completed: 0, errors: { request_cancelled: 1 } })
    expect(last).toMatchObject({ finish_reason: 'aborted', output_tokens: 1 })
  })

  test('that fail in a stream of response events have failed', async () => {
    await using open = openServer({ runtime: { failAfterTokens: 1 } })
    const response = await open.post('/v1/responses', { input: 'Hello', stream: true })
    expect(await response.text()).toContain('event: response.failed')
    expect((await fetchStats(open)).total).toMatchObject({ failed: 1, completed: 0, errors: { generation_failed: 1 } })
  })
})
