import { describe, expect, test } from 'bun:test'
import { createGate } from '../../../test/fakes/gate.ts'
import { type OpenServer, openServer } from '../../../test/fakes/open-server.ts'
import type { RunningRequest, StopReply } from '../../protocol/management/requests.wire.ts'

const chat = { messages: [{ role: 'user', content: 'Say hello.' }] }
const named = (id: string) => ({ headers: { 'content-type': 'application/json', 'x-request-id': id } })

const list = async ({ server }: OpenServer) => {
  const { data } = (await (await fetch(`${server.url}/v1/requests`)).json()) as { data: RunningRequest[] }
  return data.filter(({ id }) => id !== 'req-example')
}

describe('a request that is stopped', () => {
  for (const stream of [true, false])
    test(`tells its client why, ${stream ? 'in its stream' : 'as the answer'}, and gives its slot back`, async () => {
      const gate = createGate(1)
      await using open = openServer({ runtime: { gate: gate.hold, slots: 1 } })
      const answer = open.post('/v1/chat/completions', { ...chat, stream }, named('long-one'))
      const { signal } = await gate.arrival()
      const waiting = open.post('/v1/chat/completions', chat, named('next-one'))
      await until(async () => (await list(open)).some(({ state }) => state === 'queued'))
      expect(await list(open)).toMatchObject([
        { id: 'long-one', task: 'generation', state: stream ? 'writing' : expect.any(String), share: 'anonymous' },
        { id: 'next-one', state: 'queued', queue_position: 1 },
      ])
      const stopped = await fetch(`${open.server.url}/v1/requests/long-one`, { method: 'DELETE' })
      expect((await stopped.json()) as StopReply).toMatchObject({ stopped: 1, requests: [{ id: 'long-one' }] })
      const response = await answer
      expect(response.status).toBe(stream ? 200 : 499)
      expect(await response.text()).toContain('"code":"request_stopped"')
      expect(signal.aborted).toBe(true)
      gate.open()
      expect((await waiting).status).toBe(200)
      expect(await list(open)).toEqual([])
    })

  test('while it waits leaves the queue', async () => {
    const gate = createGate(0)
    await using open = openServer({ runtime: { gate: gate.hold, slots: 1 } })
    const first = open.post('/v1/chat/completions', chat)
    await gate.arrival()
    const second = open.post('/v1/chat/completions', chat, named('waiting'))
    await until(async () => (await list(open)).length === 2)
    await fetch(`${open.server.url}/v1/requests/waiting`, { method: 'DELETE' })
    expect((await second).status).toBe(499)
    gate.open()
    expect((await first).status).toBe(200)
  })

  test('may embed texts, or load a model, too', async () => {
    const gate = createGate(0)
    const hold = { gate: gate.hold, whileLoading: ({ signal }: { signal: AbortSignal }) => never(signal) }
    await using embedding = openServer({ runtime: { gate: gate.hold } })
    const texts = embedding.post('/v1/embeddings', { input: 'a cat' }, named('texts'))
    await gate.arrival()
    expect(await list(embedding)).toMatchObject([{ id: 'texts', task: 'embedding', state: 'working' }])
    await fetch(`${embedding.server.url}/v1/requests/texts`, { method: 'DELETE' })
    expect(await (await texts).json()).toMatchObject({ error: { code: 'request_stopped' } })
    await using loading = openServer({ runtime: hold })
    const load = loading.post('/v1/models/load', { model: 'smollm2' }, named('load'))
    await until(async () => (await list(loading)).some(({ state }) => state === 'loading'))
    await fetch(`${loading.server.url}/v1/requests/load`, { method: 'DELETE' })
    expect(await (await load).json()).toMatchObject({ code: 'request_stopped', status: 499 })
    await until(async () => loading.services.engine.status('smollm2-135m-instruct').state === 'unloaded')
    gate.open()
  })

  test('of the responses ends with response.failed', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const answer = open.post('/v1/responses', { input: 'Hello', stream: true }, named('response'))
    await gate.arrival()
    await until(async () => (await list(open)).some(({ pieces = 0 }) => pieces > 0))
    await fetch(`${open.server.url}/v1/requests/response`, { method: 'DELETE' })
    const text = await (await answer).text()
    expect(text).toContain('event: response.failed')
    expect(text).toContain('stopped by somebody who runs this server')
    gate.open()
  })

  test('in the background fails, and its listing ends', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const begun = await open.post('/v1/responses', { input: 'Hello', background: true })
    const { id } = (await begun.json()) as { id: string }
    await gate.arrival()
    expect(await list(open)).toMatchObject([{ id, task: 'generation' }])
    await fetch(`${open.server.url}/v1/requests/${id}`, { method: 'DELETE' })
    await until(async () => (await list(open)).length === 0)
    const kept = await (await fetch(`${open.server.url}/v1/responses/${id}`)).json()
    expect(kept).toMatchObject({ status: 'failed' })
    gate.open()
  })
})

test('generations are stopped together, or those of one model', async () => {
  const gate = createGate(1)
  await using open = openServer({ runtime: { gate: gate.hold } })
  const answers = [1, 2].map(() => open.post('/v1/chat/completions', chat))
  await gate.arrival()
  await gate.arrival()
  const stop = (body: object) => open.post('/v1/generation/stop', body).then((response) => response.json())
  expect(await stop({ model: 'all-minilm-l6-v2' })).toMatchObject({ stopped: 0 })
  // With the one that the fake services list.
  expect(await stop({ model: 'smollm2' })).toMatchObject({ stopped: 3 })
  for (const answer of answers) expect((await answer).status).toBe(499)
  gate.open()
})

test('a page of another site cannot halt, unload or delete', async () => {
  await using open = openServer()
  const foreign = { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain', origin: 'https://evil.example' }
  for (const [method, path] of [
    ['GET', '/v1/halt'],
    ['POST', '/v1/halt'],
    ['POST', '/v1/unload'],
    ['POST', '/v1/pull'],
    ['DELETE', '/v1/delete'],
  ] as const) {
    const body = method === 'POST' ? '{}' : undefined
    const init = { method, headers: foreign, ...(body && { body }) }
    const response = await fetch(`${open.server.url}${path}`, init)
    expect(response.status, `${method} ${path}`).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'cross_site_refused' })
  }
  expect([...open.services.requests]).toHaveLength(1)
  const { origin: _, ...unnamed } = foreign
  expect((await fetch(`${open.server.url}/v1/requests`, { headers: unnamed })).status).toBe(200)
})

const never = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}
