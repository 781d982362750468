import { expect, test } from 'bun:test'
import { makeEnvironment } from './environment.ts'
import { loadConfig } from './load.ts'
import { modelSettings } from './model-settings.ts'

function settings(text: string) {
  const environment = makeEnvironment({ variables: {}, platform: 'linux', home: '/home/ann', currentFolder: '/here' })
  const { config, problems } = loadConfig({ flags: {}, environment, file: { path: '/top/config.yaml', text } })
  expect(problems).toEqual([])
  return modelSettings(config)
}

test('the flat keys are the defaults of every model', () => {
  const { load, defaults, models } = settings('n_ctx: 512\nmax_tokens: 9\ntop_k: 0')
  expect(load).toMatchObject({ contextSize: 512, gpuLayers: -1, slots: 'auto', threads: 'auto' })
  expect(defaults).toEqual({ maxTokens: 9, temperature: 0.8, topP: 0.95, topK: 0, minP: 0.05 })
  expect(models).toEqual([])
})

test('the prompt cache is in memory until a folder is named', () => {
  expect(settings('').load.promptCache).toEqual({ memory: 'auto', disk: 8192 })
  const { load } = settings('prompt_cache_memory: 0\nprompt_cache_folder: kept\nprompt_cache_disk: 10')
  expect(load.promptCache).toEqual({ memory: 0, folder: '/top/kept', disk: 10 })
})

test('looking up in the prompt is on, and may be switched off for one model', () => {
  const { load, models } = settings('models: [{ id: a, prompt_lookup: false }, { id: b }]')
  expect([load.promptLookup, ...models.map((model) => model.load)]).toEqual([true, { promptLookup: false }, {}])
  expect(settings('prompt_lookup: false').load.promptLookup).toBe(false)
})

test('an entry holds only what it says itself', () => {
  const { models } = settings('n_ctx: 512\nmodels: [{ id: a, aliases: [b], path: a.gguf, slots: 2, min_p: 0 }]')
  expect(models).toEqual([{ id: 'a', aliases: ['b'], path: '/top/a.gguf', load: { slots: 2 }, defaults: { minP: 0 } }])
})

test('a path goes over the name of the default chat model', () => {
  expect(settings('').chat).toEqual({ id: 'smollm2-135m-instruct' })
  expect(settings('model_path: x.gguf\nmodel: y').chat).toEqual({ path: '/top/x.gguf' })
  expect(settings('embedding_model: e').embedding).toEqual({ id: 'e', kind: 'embedding' })
})

test('the draft model of the flat keys guesses for the default chat model only, under whichever name it stands', () => {
  const draft = { path: '/top/d.gguf', contextSize: 64, gpuLayers: -1 }
  const keys = 'draft_model_path: d.gguf\ndraft_n_ctx: 64\nmodel: me\n'
  const alone = settings(`${keys}models: [{ id: other }]`)
  expect([alone.chat.load, alone.models[0]?.load, alone.load.draft]).toEqual([{ draft }, {}, undefined])
  const { chat, models } = settings(`${keys}models: [{ id: other }, { id: x, aliases: [me] }]`)
  expect([chat.load, ...models.map(({ load }) => load?.draft)]).toEqual([undefined, undefined, draft])
})

test('an entry has its own draft model, or none when it says so', () => {
  const { models, chat } = settings(
    'draft_model_path: d.gguf\nmodel: a\nmodels: [{ id: a, draft_model_path: "" }, { id: b, draft_model_path: e.gguf, draft_n_gpu_layers: 0 }]',
  )
  expect(models.map((model) => model.load?.draft)).toEqual([
    undefined,
    { path: '/top/e.gguf', contextSize: 'auto', gpuLayers: 0 },
  ])
  expect(chat).toEqual({ id: 'a' })
})

test('a model is pinned, and kept for as long as its entry says: for ever where it says -1', () => {
  const { models } = settings(
    'keep_alive: 60\nmodels: [{ id: a, pinned: true, keep_alive: -1 }, { id: b, keep_alive: 0 }, { id: c }]',
  )
  expect(models.map(({ isPinned, keepAliveSeconds }) => [isPinned, keepAliveSeconds])).toEqual([
    [true, Number.POSITIVE_INFINITY],
    [undefined, 0],
    [undefined, undefined],
  ])
})

test('types of the cache hold for every model that says nothing else, one by one', () => {
  expect(settings('port: 1').load.cacheTypes).toBeUndefined()
  const yaml = 'cache_type_k: q8_0\nmodels: [{ id: a, cache_type_v: q4_0 }, { id: b }, { id: c, cache_type_k: f16 }]'
  const { load, models } = settings(yaml)
  expect(load.cacheTypes).toEqual({ key: 'q8_0', value: 'f16' })
  expect(models.map((model) => model.load?.cacheTypes)).toEqual([
    { key: 'q8_0', value: 'q4_0' },
    undefined,
    { key: 'f16', value: 'f16' },
  ])
})

test('adapters of the server belong to the default chat model, which may say otherwise', () => {
  const { load, models, chat } = settings('model: me\nlora: a.gguf')
  expect([load.adapters, models, chat.load?.adapters]).toEqual([undefined, [], [{ path: '/top/a.gguf', scale: 1 }]])
  const listed = settings(
    'model: a\nlora: a.gguf\nmodels: [{ id: a }, { id: b, lora: [b.gguf, { path: ~/c.gguf, scale: 0.5 }] }]',
  )
  expect(listed.chat.load).toBeUndefined()
  expect(listed.models.map((model) => model.load?.adapters)).toEqual([
    [{ path: '/top/a.gguf', scale: 1 }],
    [
      { path: '/top/b.gguf', scale: 1 },
      { path: '/home/ann/c.gguf', scale: 0.5 },
    ],
  ])
  const none = settings('model: a\nlora: a.gguf\nmodels: [{ id: a, lora: "" }]')
  expect(none.models[0]?.load?.adapters).toBeUndefined()
})
