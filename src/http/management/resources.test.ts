import { describe, expect, test } from 'bun:test'
import { fakeEntry } from '../../../test/fakes/fake-models.ts'
import { createGate } from '../../../test/fakes/gate.ts'
import { openServer } from '../../../test/fakes/open-server.ts'
import type { CompatibilityReply, EstimateReply } from '../../protocol/management/resources.wire.ts'

const megabyte = 1_000_000
const small = fakeEntry({ id: 'small', fileBytes: 300 * megabyte })
const large = fakeEntry({ id: 'large', fileBytes: 900 * megabyte })
const chat = (model: string) => ({ model, messages: [{ role: 'user', content: 'Hello' }] })

describe('an estimate', () => {
  const fitsOf = async (open: ReturnType<typeof openServer>, model: string) =>
    ((await (await open.post('/v1/resources/estimate', { model })).json()) as EstimateReply).fits

  test('says whether there is room now, once idle models have left, or never', async () => {
    const gate = createGate(0)
    await using open = openServer({
      entries: [small, large],
      limitBytes: 1000 * megabyte,
      runtime: { gate: gate.hold },
    })
    expect(await fitsOf(open, 'large')).toBe('now')
    const answer = open.post('/v1/chat/completions', chat('small'))
    await gate.arrival()
    expect(await fitsOf(open, 'large')).toBe('alone')
    gate.open()
    await answer
    expect(await fitsOf(open, 'large')).toBe('after-eviction')
    expect(await fitsOf(open, 'small')).toBe('now')
    expect(await fitsOf(open, 'hf:fake/giant')).toBe('never')
  })

  test('loads and changes nothing', async () => {
    await using open = openServer()
    const body = { model: 'smollm2', n_ctx: 64, slots: 2 }
    expect(await (await open.post('/v1/resources/estimate', body)).json()).toMatchObject({
      estimate: { n_ctx: 64, slots: 2 },
    })
    expect(open.services.engine.status('smollm2-135m-instruct').state).toBe('unloaded')
    expect((await open.services.models.find('smollm2', 'chat')).load).toMatchObject({ contextSize: 256, slots: 4 })
  })

  test('of a model of the catalog, or one that is nowhere, is asked for at its source only where it has one', async () => {
    await using open = openServer()
    expect((await open.post('/v1/resources/estimate', { model: 'hf:fake/slow' })).status).toBe(200)
    const absent = await open.post('/v1/resources/estimate', { model: 'nowhere' })
    expect(await absent.json()).toMatchObject({ code: 'model_not_found' })
  })
})

test('what cannot be used is not compatible, and the answer says why', async () => {
  await using open = openServer()
  const check = async (body: object) =>
    (await (await open.post('/v1/resources/compatibility', body)).json()) as CompatibilityReply
  expect(await check({ model: 'truncated' })).toEqual({
    model: 'truncated',
    compatible: false,
    checks: [{ subject: 'file', ok: false, detail: expect.stringContaining('in the middle of its header') }],
  })
  const giant = await check({ model: 'hf:fake/giant' })
  expect(giant).toMatchObject({ compatible: false, architecture: 'llama' })
  expect(giant.checks.filter(({ ok }) => !ok)).toEqual([
    { subject: 'memory', ok: false, detail: expect.stringContaining('are all that models may take') },
  ])
})

test('a load whose client leaves is given up', async () => {
  const begun = Promise.withResolvers<void>()
  await using open = openServer({
    runtime: {
      whileLoading: ({ signal }) => {
        begun.resolve()
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    },
  })
  const leaving = new AbortController()
  const body = { model: 'smollm2', stream: true }
  const answer = open.post('/v1/models/load', body, { signal: leaving.signal }).then((response) => response.text())
  await begun.promise
  expect(open.services.engine.status('smollm2-135m-instruct').state).toBe('loading')
  leaving.abort()
  await answer.catch(() => {})
  await open.services.log.waitFor(({ message, facts }) => message === 'request' && facts.path === '/v1/models/load')
  while (open.services.engine.status('smollm2-135m-instruct').state !== 'unloaded')
    await new Promise((resolve) => setImmediate(resolve))
})

test('default values hold for one model, for all, and are given back', async () => {
  await using open = openServer()
  const set = async (body: object) => (await open.post('/v1/params', body)).json()
  const get = async (query = '') => (await fetch(`${open.server.url}/v1/params${query}`)).json()
  expect(await set({ temperature: 0.5 })).toMatchObject({ model: null, temperature: 0.5, top_k: 40 })
  expect(await set({ model: 'smollm2', temperature: 0, top_k: 1 })).toMatchObject({ temperature: 0, top_k: 1 })
  expect(await get('?model=smollm2')).toMatchObject({ temperature: 0, top_k: 1 })
  expect(await get()).toMatchObject({ temperature: 0.5, top_k: 40 })
  expect(await set({ model: 'smollm2', temperature: null })).toMatchObject({ temperature: 0.5, top_k: 1 })
  expect(await set({ temperature: null, max_tokens: 1 })).toMatchObject({ temperature: 0.8, max_tokens: 1 })
  const answer = await open.post('/v1/chat/completions', chat('smollm2'))
  expect(((await answer.json()) as { usage: { completion_tokens: number } }).usage.completion_tokens).toBe(1)
  const misspelt = await fetch(`${open.server.url}/v1/params?modle=x`)
  expect(await misspelt.json()).toMatchObject({ code: 'unknown_parameter', errors: [{ field: 'modle' }] })
})
