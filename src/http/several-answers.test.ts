import { expect, test } from 'bun:test'
import { createGate } from '../../test/fakes/gate.ts'
import { type OpenServer, openServer } from '../../test/fakes/open-server.ts'
import type { ChatCompletionChunk, ChatCompletionReply } from '../protocol/openai/chat-answers.wire.ts'

const chat = '/v1/chat/completions'
const model = 'smollm2-135m-instruct'
const ask = { messages: [{ role: 'user', content: 'Say hello.' }] }
const counting = { script: () => 'one two three four five' }

const chunksOf = async (response: Response): Promise<readonly ChatCompletionChunk[]> => {
  const blocks = (await response.text()).split('\n\n').filter((block) => block.startsWith('data: {'))
  return blocks.map((block) => JSON.parse(block.slice('data: '.length)) as ChatCompletionChunk)
}
const busyIn = ({ services }: OpenServer) => {
  const status = services.engine.status(model)
  return status.state === 'ready' ? status.busy : 0
}

test('choices of a stream are told apart by their index, and each is whole', async () => {
  await using open = openServer({ runtime: counting })
  const body = { ...ask, n: 3, stream: true, stream_options: { include_usage: true } }
  const chunks = await chunksOf(await open.post(chat, body))
  for (const index of [0, 1, 2]) {
    const own = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index)
    expect(own[0]?.delta.role).toBe('assistant')
    expect(own.map(({ delta }) => delta.content ?? '').join('')).toBe('one two three four five')
    expect(own.filter(({ finish_reason: reason }) => reason !== null).length).toBe(1)
  }
  expect(chunks.slice(0, 3).map(({ choices }) => choices[0]?.index)).toEqual([0, 1, 2])
  expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 15, total_tokens: 18 })
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
})

test('as many are generated at once as there are slots, and the others after them', async () => {
  const gate = createGate(0)
  await using open = openServer({ runtime: { ...counting, gate: gate.hold, slots: 2 } })
  const whole = open.post(chat, { ...ask, n: 5 })
  await gate.arrival()
  await gate.arrival()
  expect(busyIn(open)).toBe(2)
  gate.open()
  const { choices, usage } = (await (await whole).json()) as ChatCompletionReply
  expect(choices.map(({ index, message }) => [index, message.content])).toEqual(
    [0, 1, 2, 3, 4].map((index) => [index, 'one two three four five']),
  )
  expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 25 })
  expect(busyIn(open)).toBe(0)
})

test('a lane that finds no place is not there, and the request is answered all the same', async () => {
  const gate = createGate(0)
  let held = 0
  const hold: typeof gate.hold = (call) => (call.tokensOut === 0 && held++ === 0 ? gate.hold(call) : Promise.resolve())
  await using open = openServer({ runtime: { ...counting, gate: hold, slots: 2 }, maxWaiting: 0 })
  const first = open.post(chat, ask)
  await gate.arrival()
  const { choices } = (await (await open.post(chat, { ...ask, n: 3 })).json()) as ChatCompletionReply
  expect(choices.length).toBe(3)
  gate.open()
  expect((await first).status).toBe(200)
})

test('further lanes make room for others after each answer', async () => {
  const gate = createGate(0)
  await using open = openServer({ runtime: { ...counting, gate: gate.hold, slots: 2 } })
  const many = open.post(chat, { ...ask, n: 100 })
  await gate.arrival()
  await gate.arrival()
  const other = open.post(chat, ask)
  while (waitingIn(open) < 1) await Bun.sleep(1)
  let isManyOver = false
  void many.then(() => {
    isManyOver = true
  })
  gate.open()
  expect((await other).status).toBe(200)
  expect(isManyOver).toBe(false)
  expect(((await (await many).json()) as ChatCompletionReply).choices.length).toBe(100)
})

test('when the client leaves, all lanes end and all slots are free', async () => {
  const gate = createGate(1)
  await using open = openServer({ runtime: { ...counting, gate: gate.hold, slots: 3 } })
  const leaving = new AbortController()
  const response = await open.post(chat, { ...ask, n: 9, stream: true }, { signal: leaving.signal })
  for (let lane = 0; lane < 3; lane++) await gate.arrival()
  leaving.abort()
  await response.text().catch(() => '')
  while (busyIn(open) > 0) await Bun.sleep(1)
  gate.open()
  expect((await open.post(chat, { ...ask, n: 3 })).status).toBe(200)
})

test('an error in one of them ends all with that error, and all slots are free', async () => {
  let started = 0
  const script = () => (++started === 2 ? Array(100).fill('word').join(' ') : 'one two')
  await using open = openServer({ runtime: { script, failAfterTokens: 50 } })
  const text = await (await open.post(chat, { ...ask, n: 4, stream: true })).text()
  expect(text).toContain('"code":"generation_failed"')
  expect(text).not.toContain('[DONE]')
  expect(busyIn(open)).toBe(0)
  started = 10
  expect((await open.post(chat, { ...ask, n: 4 })).status).toBe(200)
})

test('with a seed each answer has one of its own', async () => {
  const seeds: (number | undefined)[] = []
  const script = ({ sampling }: { sampling: { seed?: number } }) => {
    seeds.push(sampling.seed)
    return 'x'
  }
  await using open = openServer({ runtime: { script, slots: 1 } })
  await open.post(chat, { ...ask, n: 3, seed: 7 })
  expect(seeds).toEqual([7, 8, 9])
})

test('several prompts of a text completion are answered in order, n choices each', async () => {
  const script = ({ prompt }: { prompt: { type: string; text?: string } }) => `after ${prompt.text}`
  await using open = openServer({ runtime: { script } })
  const response = await open.post('/v1/completions', { prompt: ['a', 'b', 'c'], n: 2 })
  const { choices } = (await response.json()) as { choices: { index: number; text: string }[] }
  expect(choices.map(({ index, text }) => `${index} ${text}`)).toEqual([
    '0 after a',
    '1 after a',
    '2 after b',
    '3 after b',
    '4 after c',
    '5 after c',
  ])
})

const waitingIn = ({ services }: OpenServer) => {
  const status = services.engine.status(model)
  return status.state === 'ready' ? status.waiting : 0
}
