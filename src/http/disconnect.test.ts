import { describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import { createGate } from '../../test/fakes/gate.ts'
import { openServer } from '../../test/fakes/open-server.ts'
import { connectRaw, postBytes } from '../../test/fakes/raw-client.ts'

const chat = '/v1/chat/completions'
const ask = (stream: boolean) => ({ messages: [{ role: 'user', content: 'Say hello.' }], stream })
const chatId = 'smollm2-135m-instruct'

/** The access line of a request whose client has left. */
const left = (requestId: string) => (line: { message: string; facts: Readonly<Record<string, unknown>> }) =>
  line.message === 'request' && line.facts.requestId === requestId && line.facts.status === 499

const aborted = async (signal: AbortSignal) => {
  if (!signal.aborted) await once(signal, 'abort')
}

for (const stream of [false, true])
  describe(stream ? 'a client of a stream that goes away' : 'a client of a whole answer that goes away', () => {
    test('while tokens are made: its generation is aborted and its slot is free', async () => {
      const gate = createGate(1)
      await using open = openServer({ runtime: { gate: gate.hold, slots: 1 } })
      using client = await connectRaw(open.server.port)
      client.socket.write(postBytes(chat, ask(stream), 'leaver'))
      const { signal } = await gate.arrival()
      if (stream) await client.until('Hello')
      client.socket.destroy()
      await aborted(signal)
      await open.services.log.waitFor(left('leaver'))
      gate.open()
      expect((await open.post(chat, ask(false))).status).toBe(200)
    })

    test('before the first token: the same', async () => {
      const gate = createGate(0)
      await using open = openServer({ runtime: { gate: gate.hold, slots: 1, promptStep: 1 } })
      using client = await connectRaw(open.server.port)
      client.socket.write(postBytes(chat, ask(stream), 'leaver'))
      const { signal } = await gate.arrival()
      client.socket.destroy()
      await aborted(signal)
      await open.services.log.waitFor(left('leaver'))
      gate.open()
      expect((await open.post(chat, ask(false))).status).toBe(200)
    })

    test('while it waits in the queue: it leaves the queue', async () => {
      const gate = createGate(0)
      await using open = openServer({ runtime: { gate: gate.hold, slots: 1 } })
      const first = open.post(chat, ask(false))
      await gate.arrival()
      using client = await connectRaw(open.server.port)
      client.socket.write(postBytes(chat, ask(stream), 'leaver'))
      await until(() => waiting(open) === 1)
      client.socket.destroy()
      await open.services.log.waitFor(left('leaver'))
      expect(waiting(open)).toBe(0)
      gate.open()
      expect((await first).status).toBe(200)
    })

    test('while the model loads: nothing is generated for it', async () => {
      const loading = Promise.withResolvers<void>()
      const gate = createGate(0)
      await using open = openServer({ runtime: { whileLoading: () => loading.promise, gate: gate.hold, slots: 1 } })
      using client = await connectRaw(open.server.port)
      client.socket.write(postBytes(chat, ask(stream), 'leaver'))
      await until(() => open.services.engine.status(chatId).state === 'loading')
      client.socket.destroy()
      await open.services.log.waitFor(left('leaver'))
      loading.resolve()
      gate.open()
      expect((await open.post(chat, ask(false))).status).toBe(200)
      const { signal } = await gate.arrival()
      expect(signal.aborted).toBe(false)
    })
  })

test('a client of embeddings that goes away: the work is aborted', async () => {
  const gate = createGate(0)
  await using open = openServer({ runtime: { gate: gate.hold } })
  using client = await connectRaw(open.server.port)
  client.socket.write(postBytes('/v1/embeddings', { input: 'a cat' }, 'leaver'))
  const { signal } = await gate.arrival()
  client.socket.destroy()
  await aborted(signal)
  await open.services.log.waitFor(left('leaver'))
})

test('a client that waits for a comment only is seen to leave as well', async () => {
  const gate = createGate(0)
  await using open = openServer({ runtime: { gate: gate.hold }, limits: { heartbeatSeconds: 0.02 } })
  using client = await connectRaw(open.server.port)
  client.socket.write(postBytes(chat, ask(true), 'leaver'))
  const { signal } = await gate.arrival()
  await client.until(': reading')
  client.socket.destroy()
  await aborted(signal)
  await open.services.log.waitFor(left('leaver'))
})

test('a client that goes away in the middle of its body is no error of ours', async () => {
  await using open = openServer()
  using client = await connectRaw(open.server.port)
  const [head] = postBytes(chat, ask(false), 'leaver').split('{')
  client.socket.write(`${head}{"messages": [`)
  await until(() => open.server.pending() === 1)
  client.socket.destroy()
  await open.services.log.waitFor(left('leaver'))
  expect(open.services.log.lines.filter(({ level }) => level === 'error')).toEqual([])
})

const waiting = (open: ReturnType<typeof openServer>) => {
  const status = open.services.engine.status(chatId)
  return status.state === 'ready' ? status.waiting : 0
}

/** For states that nobody announces. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(1)
}
