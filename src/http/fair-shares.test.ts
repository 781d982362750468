import { expect, test } from 'bun:test'
import { createGate } from '../../test/fakes/gate.ts'
import { type OpenServer, openServer } from '../../test/fakes/open-server.ts'
import type { GenerationRequest } from '../core/generation.ts'

const model = 'smollm2-135m-instruct'

const waitingIn = ({ services }: OpenServer) => {
  const status = services.engine.status(model)
  return status.state === 'ready' ? status.waiting : 0
}

/** A server with one slot that is held, and the texts of the prompts in the order in which they were begun. */
function openBusy(maxWaiting: number) {
  const gate = createGate(0)
  const begun: string[] = []
  const script = (request: GenerationRequest) => {
    const { prompt } = request
    if (prompt.type === 'messages') begun.push(JSON.stringify(prompt.messages).replace(/.*(key\w) (\w+).*/, '$1 $2'))
    return 'ok'
  }
  const open = openServer({ runtime: { script, gate: gate.hold, slots: 1 }, maxWaiting })
  const ask = (path: string, key: string, body: object) =>
    open.post(path, body, {
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    })
  const chat = (key: string, text: string) =>
    ask('/v1/chat/completions', key, { messages: [{ role: 'user', content: `${key} ${text}` }] })
  /** Resolves when so many wait. */
  const waiting = async (count: number) => {
    while (waitingIn(open) < count) await Bun.sleep(1)
  }
  return { open, gate, begun, ask, chat, waiting }
}

test('who has many requests waiting does not keep another key from being served next', async () => {
  const { open, gate, begun, chat, ask, waiting } = openBusy(100)
  await using server = open
  const answers = [chat('keyX', 'running')]
  await gate.arrival()
  for (let index = 0; index < 20; index++) {
    answers.push(chat('keyX', `flood${index}`))
    await waiting(index + 1)
  }
  answers.push(chat('keyY', 'single'))
  await waiting(21)
  answers.push(ask('/v1/responses', 'keyZ', { input: 'keyZ response' }))
  await waiting(22)
  answers.push(ask('/v1/responses', 'keyA', { input: 'keyA background', background: true }))
  await waiting(23)
  gate.open()
  for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
  expect(begun.slice(0, 6)).toEqual([
    'keyX running',
    'keyY single',
    'keyZ response',
    'keyA background',
    'keyX flood0',
    'keyX flood1',
  ])
  expect(waitingIn(server)).toBe(0)
})

test('a full queue has a place for another key, and whoever has the most places is told when to come back', async () => {
  const { open, gate, chat, waiting } = openBusy(3)
  await using _server = open
  const running = chat('keyX', 'running')
  await gate.arrival()
  const kept = [chat('keyX', 'flood0')]
  await waiting(1)
  kept.push(chat('keyX', 'flood1'))
  await waiting(2)
  const last = chat('keyX', 'flood2')
  await waiting(3)
  kept.push(chat('keyY', 'single'))
  const refused = await last
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.json()).toMatchObject({ error: { code: 'queue_full' } })
  expect((await chat('keyX', 'flood3')).status).toBe(429)
  gate.open()
  for (const answer of await Promise.all([running, ...kept])) expect(answer.status).toBe(200)
})
