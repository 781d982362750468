import { describe, expect, test } from 'bun:test'
import { fakeEntry } from '../../../test/fakes/fake-models.ts'
import { createGate } from '../../../test/fakes/gate.ts'
import { type OpenServer, openServer } from '../../../test/fakes/open-server.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { LoadModelReply } from '../../protocol/management/load.wire.ts'
import type { LoadedModel } from '../../protocol/management/models.wire.ts'
import type { ProblemDetails } from '../../protocol/management/problem.wire.ts'

const chat = { messages: [{ role: 'user', content: 'Say hello.' }] }
const id = 'smollm2-135m-instruct'

const json = async <Body>(response: Promise<Response>) => (await (await response).json()) as Body
const loaded = async ({ server }: OpenServer) =>
  (await json<{ data: LoadedModel[] }>(fetch(`${server.url}/v1/models/loaded`))).data.filter(
    (model) => model.id !== 'resident',
  )

describe('a load', () => {
  test('has the options that it names, for requests too, and says what is different the second time', async () => {
    await using open = openServer()
    const load = (body: object) => json<LoadModelReply>(open.post('/v1/models/load', { model: id, ...body }))
    expect(await load({ n_ctx: 64, slots: 2 })).toMatchObject({ outcome: 'loaded', n_ctx: 64, slots: 2, changed: [] })
    expect(await load({ n_ctx: 64 })).toMatchObject({ outcome: 'unchanged', slots: 2, changed: [] })
    expect(await load({ ctx_size: 32, cache_type_k: 'q8_0' })).toMatchObject({
      outcome: 'reloaded',
      n_ctx: 32,
      slots: 2,
      changed: ['cache_type', 'n_ctx'],
    })
    await open.post('/v1/models/unload', { model: id })
    expect((await open.post('/v1/chat/completions', chat)).status).toBe(200)
    expect(await loaded(open)).toMatchObject([{ id, n_ctx: 32, slots: 2 }])
  })

  test('that another one overtook says so, and is not what holds from then on', async () => {
    await using open = openServer({ runtime: { whileLoading: () => new Promise((next) => setImmediate(next)) } })
    const all = [64, 128, 64].map((n_ctx) => json<LoadModelReply>(open.post('/v1/models/load', { model: id, n_ctx })))
    const replies = await Promise.all(all)
    const now = (await loaded(open))[0]?.n_ctx
    for (const [index, asked] of [64, 128, 64].entries()) {
      const reply = replies[index] as LoadModelReply
      expect(reply.notes.join(' ').includes('at the same time'), `${asked}`).toBe(reply.n_ctx !== asked)
    }
    expect(await json(open.post('/v1/models/load', { model: id }))).toMatchObject({ outcome: 'unchanged', n_ctx: now })
  })

  test('takes what Lemonade’s clients send, and says what was not followed', async () => {
    await using open = openServer()
    const load = (body: object) => open.post('/v1/load', { model_name: id, ctx_size: -1, merge_args: true, ...body })
    const reply = await json<LoadModelReply>(load({ save_options: true, llamacpp_backend: 'rocm', llamacpp_args: '' }))
    expect(reply.notes.join(' ')).toContain('save_options')
    expect(reply.notes.join(' ')).toContain('llamacpp_backend')
    const refused = await load({ llamacpp_args: '--flash-attn on' })
    expect(await refused.json()).toMatchObject({ errors: [{ field: 'llamacpp_args' }] })
  })

  test('that fails changes nothing for the requests that come', async () => {
    await using open = openServer({
      runtime: { failLoad: ({ load }) => (load.contextSize === 7 ? 'seven is too few' : undefined) },
    })
    const response = await open.post('/v1/models/load', { model: id, n_ctx: 7 })
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ code: 'model_load_failed', instance: '/v1/models/load' })
    expect(await json(open.post('/v1/models/load', { model: id }))).toMatchObject({ n_ctx: 256 })
  })

  test('that fails in a stream ends it with the problem as an event', async () => {
    const failing = { failLoad: () => 'the file is no model', whileLoading: () => Bun.sleep(0) }
    await using open = openServer({ runtime: failing })
    const response = await open.post('/v1/models/load', { model: id, stream: true })
    const text = await response.text()
    const last = text.trim().split('\n\n').at(-1) ?? ''
    expect(last).toStartWith('event: error\ndata: ')
    expect(JSON.parse(last.slice(last.indexOf('{')))).toMatchObject({
      type: 'error',
      problem: { code: 'model_load_failed', status: 503 },
    })
  })

  test('says how long the model stays, which for a pinned one is for ever', async () => {
    await using open = openServer()
    await open.post('/v1/load', { model_name: 'smollm2', keep_alive: '5m' })
    expect((await loaded(open))[0]?.expires_in_seconds).toBeGreaterThan(200)
    await open.post('/v1/load', { model_name: 'smollm2', pinned: true })
    const [model] = await loaded(open)
    expect(model).toMatchObject({ id, pinned: true })
    expect(model).not.toHaveProperty('expires_in_seconds')
  })

  test('goes without what is configured, and with it again', async () => {
    const draft = { path: '/elsewhere/draft.gguf', contextSize: 'auto', gpuLayers: 0 } as const
    const load = {
      ...{ contextSize: 256, gpuLayers: 0, slots: 4, threads: 1, draft },
      adapters: [{ path: '/elsewhere/own.gguf', scale: 1 }],
      cacheTypes: { key: 'q8_0', value: 'q8_0' },
    } as const
    const seen: unknown[] = []
    const failLoad = ({ load: asked }: ModelEntry) => {
      seen.push([asked.draft?.path, asked.adapters?.length, asked.cacheTypes?.key, 'draft' in asked])
      return undefined
    }
    await using open = openServer({ entries: [fakeEntry({ id, load })], runtime: { failLoad } })
    for (const options of [
      {},
      { draft_model: 'none', lora: [], cache_type_k: 'f16', cache_type_v: 'f16' },
      // What is not said stays so.
      { draft_model: null, slots: 2 },
      { draft_model: '/elsewhere/draft.gguf', lora: [{ name: '/elsewhere/own.gguf' }] },
    ])
      expect((await open.post('/v1/models/load', { model: id, ...options })).status).toBe(200)
    expect(seen).toEqual([
      ['/elsewhere/draft.gguf', 1, 'q8_0', true],
      [undefined, 0, 'f16', false],
      [undefined, 0, 'f16', false],
      ['/elsewhere/draft.gguf', 1, 'f16', true],
    ])
  })

  test('takes draft models and adapters by their names, never by a path that nobody configured', async () => {
    const draft = fakeEntry({ id: 'small-draft', path: '/models/small-draft.gguf' })
    const configured = fakeEntry({
      id: 'with-adapter',
      load: {
        contextSize: 256,
        gpuLayers: 0,
        slots: 4,
        threads: 1,
        adapters: [{ path: '/elsewhere/own.gguf', scale: 1 }],
      },
    })
    const seen: unknown[] = []
    await using open = openServer({
      entries: [fakeEntry({ id }), draft, configured],
      runtime: {
        failLoad: ({ load }) => {
          seen.push([load.draft?.path, load.adapters])
          return undefined
        },
      },
    })
    const load = (body: object) => open.post('/v1/models/load', { model: id, ...body })
    expect((await load({ draft_model: 'small-draft', draft_n_ctx: 128 })).status).toBe(200)
    expect((await load({ lora: [{ name: '/elsewhere/own.gguf', scale: 0.5 }] })).status).toBe(200)
    expect((await load({ draft_model: 'none', lora: [] })).status).toBe(200)
    expect(seen).toEqual([
      ['/models/small-draft.gguf', undefined],
      ['/models/small-draft.gguf', [{ path: '/elsewhere/own.gguf', scale: 0.5 }]],
      [undefined, []],
    ])
    for (const [body, field] of [
      [{ draft_model: '/etc/passwd' }, 'draft_model'],
      [{ draft_model: '../secret.gguf' }, 'draft_model'],
      [{ draft_n_ctx: 128 }, 'draft_n_ctx'],
      [{ lora: [{ name: '/etc/passwd' }] }, 'lora[0].name'],
      [{ lora: [{ name: '../../own' }] }, 'lora[0].name'],
    ] as const) {
      const response = await load(body)
      expect(response.status, JSON.stringify(body)).toBe(400)
      expect(((await response.json()) as ProblemDetails).errors?.[0]?.field).toBe(field)
    }
    expect(seen).toHaveLength(3)
  })
})

describe('an unload', () => {
  test('by force cuts the requests, which are told why', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const answer = open.post('/v1/chat/completions', { ...chat, stream: true })
    await gate.arrival()
    const reply = await json(open.post('/v1/models/unload', { model: id, mode: 'cut' }))
    expect(reply).toMatchObject({ models: [{ id, was_loaded: true, cut_requests: 1 }] })
    expect(await (await answer).text()).toContain('"code":"model_unloaded"')
    expect(await loaded(open)).toEqual([])
    gate.open()
  })

  test('finds a model in memory by each of its names, also where its file is gone', async () => {
    await using open = openServer()
    await open.post('/v1/models/load', { model: id })
    await open.services.models.remove(id)
    expect(await json(open.post('/v1/models/unload', { model: 'smollm2' }))).toMatchObject({
      models: [{ id, was_loaded: true }],
    })
    expect(await loaded(open)).toEqual([])
  })

  test('without a model is one of all at Lemonade’s path, and a mistake at ours', async () => {
    await using open = openServer()
    await open.post('/v1/models/load', { model: id })
    const refused = await fetch(`${open.server.url}/v1/models/unload`, { method: 'POST' })
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ errors: [{ field: 'model' }] })
    expect(await loaded(open)).toHaveLength(1)
    const reply = await fetch(`${open.server.url}/v1/unload`, { method: 'POST' })
    expect(await reply.json()).toMatchObject({ status: 'success', message: `Unloaded ${id}` })
    expect(await loaded(open)).toEqual([])
  })
})

describe('a pull', () => {
  test('goes on when the one who watched it has left', async () => {
    await using open = openServer()
    const leaving = new AbortController()
    const body = { model: 'hf:fake/slow', stream: true }
    const response = await open.post('/v1/pull', body, { signal: leaving.signal })
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"state":"downloading"')
    leaving.abort()
    await open.services.log.waitFor(({ message, facts }) => message === 'request' && facts.path === '/v1/pull')
    const download = `${open.server.url}/v1/downloads/download-slow`
    expect(await json(fetch(download))).toMatchObject({ state: 'downloading' })
    expect(await json(fetch(`${download}/pause`, { method: 'POST' }))).toMatchObject({ state: 'paused' })
  })

  test('that somebody pauses ends the stream of the one who watches it', async () => {
    await using open = openServer()
    const response = await open.post('/v1/pull', { model: 'hf:fake/slow', stream: true })
    await fetch(`${open.server.url}/v1/downloads/download-slow/pause`, { method: 'POST' })
    expect(await response.text()).toContain('event: stopped')
  })

  test('is a job where nobody wants to watch', async () => {
    await using open = openServer()
    const response = await open.post('/v1/pull', { model_name: 'hf:fake/slow', stream: true, subscribe: false })
    expect(response.status).toBe(202)
    expect(await response.json()).toMatchObject({ id: 'download-slow', progress: 0.5 })
  })
})

test('a pull of a checkpoint gives the model the name that Lemonade’s clients have for it', async () => {
  await using open = openServer({ entries: [fakeEntry({ id: 'Fake' })] })
  const body = { model_name: 'user.Mine', checkpoint: 'fake/repository:Q4_K_M', recipe: 'llamacpp', reasoning: false }
  const text = await (await open.post('/v1/pull', { ...body, stream: true })).text()
  expect(text).toContain('"percent":100')
  while ((await open.services.models.list())[0]?.aliases.length === 0) await new Promise((next) => setImmediate(next))
  expect(await json(open.post('/v1/load', { model_name: 'user.Mine' }))).toMatchObject({ model: 'Fake' })
})

test('health, as Lemonade’s clients read it, tells the models in memory', async () => {
  await using open = openServer()
  await open.post('/v1/load', { model_name: id, ctx_size: 64, pinned: true })
  expect(await json(fetch(`${open.server.url}/v1/health`))).toMatchObject({
    status: 'ok',
    model_loaded: id,
    all_models_loaded: [
      { model_name: id, type: 'llm', device: 'cpu', recipe_options: { ctx_size: 64 }, pinned: true, is_busy: false },
      { model_name: 'resident' },
    ],
  })
})

describe('a deletion', () => {
  test('of a model in memory needs force, which unloads it first', async () => {
    await using open = openServer()
    await open.post('/v1/models/load', { model: id })
    const remove = (query: string) => fetch(`${open.server.url}/v1/delete?${query}`, { method: 'DELETE' })
    const refused = await remove(`model=${id}`)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ code: 'model_in_memory' })
    expect(await loaded(open)).toHaveLength(1)
    const done = await remove(`model=${id}&force=true`)
    expect(await done.json()).toMatchObject({ model: id, deleted_files: [`/models/${id}.gguf`] })
    expect(await loaded(open)).toEqual([])
  })

  test('of a name that was given takes the name away alone, also where the model is in memory', async () => {
    await using open = openServer()
    await open.services.models.addAlias('mine', id)
    await open.post('/v1/models/load', { model: id })
    const reply = await json(fetch(`${open.server.url}/v1/delete?model=mine`, { method: 'DELETE' }))
    expect(reply).toMatchObject({ model: id, deleted_files: [] })
    expect(await loaded(open)).toHaveLength(1)
    expect((await open.post('/v1/chat/completions', { ...chat, model: 'mine' })).status).toBe(404)
    expect((await open.post('/v1/chat/completions', { ...chat, model: id })).status).toBe(200)
  })

  test('that is refused unloads nothing', async () => {
    await using open = openServer()
    await open.post('/v1/models/load', { model: 'foreign' })
    const refused = await fetch(`${open.server.url}/v1/delete?model=foreign&force=true`, { method: 'DELETE' })
    expect(await refused.json()).toMatchObject({ code: 'model_not_ours' })
    expect(await loaded(open)).toMatchObject([{ id: 'foreign' }])
  })

  test('as Lemonade’s clients ask for it waits for the requests that run', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const answer = open.post('/v1/chat/completions', { ...chat, stream: true })
    await gate.arrival()
    const refused = await open.post('/v1/delete', { model_name: id, force: false })
    expect(await refused.json()).toMatchObject({ code: 'model_in_memory' })
    const deletion = open.post('/v1/delete', { model_name: id })
    gate.open()
    expect(await (await answer).text()).not.toContain('error')
    expect(await json(deletion)).toMatchObject({ status: 'success', deleted_files: [`/models/${id}.gguf`] })
    expect(await loaded(open)).toEqual([])
  })

  test('cancels a download of the same model', async () => {
    await using open = openServer()
    await open.post('/v1/pull', { model: 'hf:fake/slow' })
    const reply = await json(open.post('/v1/delete', { model: 'hf:fake/slow' }))
    expect(reply).toMatchObject({ status: 'success', message: expect.stringContaining('Cancelled') })
    expect(await json(fetch(`${open.server.url}/v1/downloads/download-slow`))).toMatchObject({ state: 'cancelled' })
  })

  test('of a file that cannot be used is one like any other', async () => {
    await using open = openServer()
    expect(await json(open.post('/v1/delete', { model_name: 'truncated' }))).toMatchObject({ model: 'truncated' })
  })
})

test('a model whose name has slashes and colons is found as it is and percent-encoded', async () => {
  const name = 'hf:user/repo:Q4_K_M'
  await using open = openServer({ entries: [fakeEntry({ id: name })] })
  for (const path of [name, encodeURIComponent(name), 'hf%3Auser/repo%3AQ4_K_M'])
    expect(await json(fetch(`${open.server.url}/v1/models/${path}`)), path).toMatchObject({ id: name })
})

test('a selected model is the default one of its kind', async () => {
  await using open = openServer({ entries: [fakeEntry({ id: 'one' }), fakeEntry({ id: 'two' })] })
  expect(await json(open.post('/v1/models/select', { model: 'two' }))).toMatchObject({ id: 'two', default: true })
  expect(await json(open.post('/v1/chat/completions', chat))).toMatchObject({ model: 'two' })
})
