import { expect, test } from 'bun:test'
import { openServer } from '../../test/fakes/open-server.ts'

test('a conversation with more messages than the context has tokens is refused before the model sees it', async () => {
  let seen = 0
  await using open = openServer({ runtime: { contextSize: 100, onSignal: () => void seen++ } })
  const ask = (count: number) =>
    open.post('/v1/chat/completions', {
      messages: Array.from({ length: count }, () => ({ role: 'user', content: '' })),
    })
  const refused = await ask(101)
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ error: { code: 'context_length_exceeded', param: 'messages' } })
  expect(seen).toBe(0)
  expect((await ask(99)).status).toBe(200)
  expect(seen).toBe(1)
})
