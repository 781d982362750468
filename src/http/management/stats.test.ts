import { expect, test } from 'bun:test'
import { createGate } from '../../../test/fakes/gate.ts'
import { openServer } from '../../../test/fakes/open-server.ts'
import type { Stats } from '../../protocol/management/stats.wire.ts'

const chat = { messages: [{ role: 'user', content: 'Say hello.' }] }
const id = 'smollm2-135m-instruct'

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
