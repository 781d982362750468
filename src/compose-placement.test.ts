import { expect, test } from 'bun:test'
import type { ServerError } from './core/errors.ts'
import type { ModelEntry } from './core/model.ts'
import type { Runtime } from './core/runtime.ts'
import { createEngine } from './engine/create-engine.ts'
import { createLlamaCppRuntime } from './runtimes/llama-cpp/llama-cpp-runtime.ts'

const gigabyte = 1e9

/** 8B in Q4: 33 layers with the output, 5 GB and a cache. */
const model = (id: string, more: Partial<ModelEntry> = {}): ModelEntry => ({
  ...{ id, aliases: [], kind: 'chat', format: 'gguf', path: `/${id}.gguf`, fileBytes: 4.9 * gigabyte },
  createdSeconds: 0,
  header: {
    ...{ architecture: 'llama', tensorBytes: 4.9 * gigabyte, trainedContextSize: 8192, blockCount: 32 },
    ...{ embeddingSize: 4096, headCount: 32, headCountKeyValue: 8, vocabularySize: 128_256 },
  },
  load: { contextSize: 4096, gpuLayers: -1, slots: 1, threads: 'auto' },
  defaults: { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 },
  ...more,
})

/** The engine over what llama.cpp's runtime expects, on a machine with made-up numbers; nothing is really loaded. */
function startOn({ main, device, others = 0 }: { main: number; device: number; others?: number }) {
  const machine = { cores: 4, memoryBytes: main * gigabyte, deviceBytes: device * gigabyte }
  const llama = createLlamaCppRuntime({
    libraries: () => Promise.reject(new Error('nothing is loaded here')),
    machine: () => machine,
    onLog: () => {},
  })
  const runtime: Runtime = {
    ...llama,
    async load(entry, { room }) {
      const { contextSize, slots, gpuLayers, notes } = llama.estimate(entry, room ?? { mainBytes: 0, deviceBytes: 0 })
      return {
        model: entry,
        facts: { contextSize, slots, threads: 4, gpuLayers, device: gpuLayers > 0 ? 'cuda' : 'cpu', notes },
        closed: new Promise(() => {}),
        tokenize: async () => [],
        detokenize: async () => '',
        async [Symbol.asyncDispose]() {},
      }
    },
  }
  const reading = { totalBytes: device * gigabyte, freeBytes: (device - others) * gigabyte }
  const engine = createEngine({
    runtime,
    availableBytes: () =>
      main * gigabyte -
      engine.residents().reduce((sum, { facts, estimate }) => sum + (facts ? estimate.mainBytes : 0), 0),
    deviceMemory: () => reading,
    maxWaiting: 5,
  })
  const { signal } = new AbortController()
  return { engine, load: (entry: ModelEntry) => engine.load(entry, { signal }), signal }
}

test('a model goes where there is room beside a pinned one: partly, or wholly, to the processor, and says so', async () => {
  const { load } = startOn({ main: 32, device: 10 })
  expect((await load(model('pinned', { isPinned: true }))).facts.gpuLayers).toBe(33)
  const { facts } = await load(model('partly'))
  expect(facts.gpuLayers).toBeGreaterThan(0)
  expect(facts.gpuLayers).toBeLessThan(33)
  expect(facts.notes.join()).toContain(`n_gpu_layers is ${facts.gpuLayers} of 33`)

  const small = startOn({ main: 32, device: 6.5 })
  await small.load(model('pinned', { isPinned: true }))
  const wholly = await small.load(model('wholly'))
  expect(wholly.facts).toMatchObject({ gpuLayers: 0, device: 'cpu' })
  expect(wholly.facts.notes.join()).toContain('n_gpu_layers is 0 of 33')
})

test('a model goes to the processor where other programs have the GPU, and is not refused for that', async () => {
  const { load } = startOn({ main: 32, device: 10, others: 9.9 })
  expect((await load(model('a'))).facts.gpuLayers).toBe(0)
})

test('an idle model leaves the GPU to the next one, which has all of it', async () => {
  const { load, engine, signal } = startOn({ main: 32, device: 10 })
  await load(model('idle'))
  expect(await load(model('next'))).toMatchObject({ evicted: ['idle'], facts: { gpuLayers: 33 } })
  // One that is used is waited for.
  const using = await engine.lease(model('next'), { signal })
  const waiting = load(model('last'))
  using[Symbol.dispose]()
  expect(await waiting).toMatchObject({ evicted: ['next'], facts: { gpuLayers: 33 } })
})

test('what was asked for by number is had so or not at all', async () => {
  const { load } = startOn({ main: 32, device: 10 })
  await load(model('pinned', { isPinned: true }))
  const fixed = { load: { contextSize: 4096, gpuLayers: 33, slots: 1, threads: 'auto' } } as const
  const error = await load(model('fixed', fixed)).catch((reason: ServerError) => reason)
  expect(error).toMatchObject({ code: 'model_does_not_fit', facts: { isDevice: true, heldBy: [{ model: 'pinned' }] } })
})

test('what fits on neither is refused with the numbers', async () => {
  const { load } = startOn({ main: 4, device: 6.5 })
  await load(model('pinned', { isPinned: true }))
  const error = await load(model('big')).catch((reason: ServerError) => reason)
  expect(error).toMatchObject({ code: 'model_does_not_fit', facts: { heldBy: [{ model: 'pinned' }] } })
})
