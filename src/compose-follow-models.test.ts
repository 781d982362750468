import { afterEach, beforeEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createMemoryLog } from '../test/fakes/memory-log.ts'
import { type FollowParts, followModels } from './compose-follow-models.ts'
import { composeRegistry } from './compose-registry.ts'
import { makeEnvironment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import { ServerError } from './core/errors.ts'
import { LiveValue } from './core/live.ts'
import type { ResidentModel } from './engine/engine.ts'
import { type Home, makeHome } from './models/registry/registry.fixture.ts'

let home: Home
beforeEach(async () => {
  home = await makeHome()
})
afterEach(() => home[Symbol.asyncDispose]())

/** Models `a` and `b` in memory, under a configuration that may be written anew. */
async function follow(text: string, { failure }: { failure?: ServerError } = {}) {
  for (const name of ['a', 'b']) await home.write(`own/${name}.gguf`)
  const environment = makeEnvironment({ variables: {}, platform: 'linux', home: home.path, currentFolder: home.path })
  const base = {
    models_dir: home.modelsDir,
    ...{ hugging_face_cache: false, ollama_models: false, lm_studio_models: false },
    ...{ model: 'a', embedding_model: 'b', preload: false },
  }
  const read = (yaml: string) => {
    const others = Object.entries(base).filter(([key]) => !yaml.includes(`${key}: `))
    const lines = [...others.map(([key, value]) => `${key}: ${value}`), yaml]
    const file = { path: join(home.path, 'config.yaml'), text: lines.join('\n') }
    const { config, problems } = loadConfig({ flags: {}, environment, file })
    expect(problems).toEqual([])
    return config
  }
  const live = new LiveValue(read(text))
  const log = createMemoryLog()
  const models = composeRegistry({ config: live.current, environment, log })
  const entries = await models.list()
  const said: string[] = []
  const engine: FollowParts['engine'] = {
    residents: () => entries.map((entry) => ({ entry, state: 'ready' }) as ResidentModel),
    load: async (entry) => {
      said.push(`load ${entry.id} ${entry.load.contextSize} ${entry.keepAliveSeconds ?? '-'} ${entry.isPinned ?? '-'}`)
      if (failure) throw failure
      return { outcome: 'reloaded', facts: {} as never, seconds: 0, evicted: [], changed: [] }
    },
    unload: async (id, { running }) => {
      said.push(`unload ${id} ${running}`)
      return { wasLoaded: true, cutRequests: 0, freedBytes: 0 }
    },
    warm: (entry) => said.push(`warm ${entry.id}`),
    status: () => ({ state: 'loading', fraction: 0 }),
    revise: (models) => said.push(...models.map(({ id, load }) => `revise ${id} ${load.contextSize}`)),
  }
  const followed = followModels({ live, models, engine, environment, log, signal: new AbortController().signal })
  const change = async (yaml: string) => {
    said.length = 0
    live.set(read(yaml))
    await followed.settled()
    // What follows an unload is said after it.
    await new Promise((resolve) => setImmediate(resolve))
    return said
  }
  return { change, models, log, said }
}

test('only a model whose own options have changed is loaded anew', async () => {
  const { change } = await follow('models: [{ id: a, n_ctx: 100 }, { id: b, n_ctx: 100 }]')
  expect(await change('models: [{ id: a, n_ctx: 200 }, { id: b, n_ctx: 100 }]')).toEqual([
    'revise a 200',
    'load a 200 - -',
  ])
  expect(await change('models: [{ id: a, n_ctx: 200 }, { id: b, n_ctx: 100, temperature: 0 }]')).toEqual([])
  expect(
    await change('log_level: debug\nmodels: [{ id: a, n_ctx: 200 }, { id: b, n_ctx: 100, temperature: 0 }]'),
  ).toEqual([])
})

test('a default that both have changes both, unless one has its own', async () => {
  const { change } = await follow('n_ctx: 100\nmodels: [{ id: b, n_ctx: 50 }]')
  expect(await change('n_ctx: 200\nmodels: [{ id: b, n_ctx: 50 }]')).toEqual(['revise a 200', 'load a 200 - -'])
})

test('how long a model stays, and whether whatever comes, is said to it', async () => {
  const { change } = await follow('')
  expect(await change('models: [{ id: b, keep_alive: 60, pinned: true }]')).toEqual([
    'revise b auto',
    'load b auto 60 true',
  ])
})

test('what is not in the list any more leaves after its requests, and so does what has another file now', async () => {
  const { change } = await follow('models: [{ id: a }, { id: b }]')
  const path = await home.write('elsewhere/other.gguf')
  expect(
    await change(`models: [{ id: a, path: ${path} }, { id: c, path: ${join(home.modelsDir, 'b.gguf')} }]`),
  ).toEqual(['revise a auto', 'unload a wait', 'unload b wait', 'load a auto - -'])
})

test('what was said of a model over HTTP stays over the file', async () => {
  const { change, models } = await follow('models: [{ id: a, n_ctx: 100 }]')
  await models.configure('a', { load: { contextSize: 300 } })
  expect(await change('models: [{ id: a, n_ctx: 200 }]')).toEqual([])
  expect((await models.find('a', 'chat')).load.contextSize).toBe(300)
})

test('a new default is brought in where that is wanted', async () => {
  const { change } = await follow('')
  expect(await change('model: b')).toEqual([])
  expect(await change('model: b\npreload: true')).toEqual(['warm b', 'warm b'])
})

test('a model that cannot be had so goes on as it is, which the log tells', async () => {
  const failure = new ServerError('model_load_failed', { model: 'a', problem: 'there is no room' })
  const { change, log } = await follow('', { failure })
  await change('models: [{ id: a, n_ctx: 1000 }]')
  const { message } = await log.waitFor(({ level }) => level === 'warn')
  expect(message).toContain("'a' is not as the configuration says now")
  expect(message).toContain('there is no room')
})
