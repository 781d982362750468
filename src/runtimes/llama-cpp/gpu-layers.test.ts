import { expect, test } from 'bun:test'
import type { ModelEntry, ModelHeader } from '../../core/model.ts'
import type { Addon } from './addon.ts'
import { fit } from './fit.ts'
import { draftLayers } from './load-drafter.ts'
import { loadWeights } from './load-model.ts'

const header: ModelHeader = {
  ...{ architecture: 'llama', tensorBytes: 4.9e9, trainedContextSize: 8192, blockCount: 32 },
  ...{ embeddingSize: 4096, headCount: 32, headCountKeyValue: 8, vocabularySize: 128_256 },
}

const entry = (gpuLayers: number): ModelEntry => ({
  ...{
    id: 'a',
    aliases: [],
    kind: 'chat',
    format: 'gguf',
    path: '/a.gguf',
    fileBytes: 4.9e9,
    createdSeconds: 0,
    header,
  },
  load: { contextSize: 4096, gpuLayers, slots: 1, threads: 'auto' },
  defaults: { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 },
})

/** What the addon is told of a model on a machine with so much free memory on its GPU. */
async function told(gpuLayers: number, deviceBytes: number): Promise<number | undefined> {
  let given: number | undefined
  class FakeModel {
    constructor(_path: string, options: { gpuLayers: number }) {
      given = options.gpuLayers
    }
    init = async () => true
  }
  const addon = { AddonModel: FakeModel, getSupportsMmap: () => true } as unknown as Addon
  const errors = { last: () => undefined, clear: () => {} }
  const model = entry(gpuLayers)
  const fitted = fit(model, { cores: 4, memoryBytes: 64e9, deviceBytes })
  const call = { signal: new AbortController().signal }
  await loadWeights({ addon, errors, entry: model, path: model.path, header, gpuLayers: fitted.gpuLayers, call })
  return given
}

test.each([
  ['all of them where they fit', -1, 24e9, 33],
  ['none', 0, 24e9, 0],
  ['some', 20, 24e9, 20],
  ['more than there are is all of them', 99, 24e9, 33],
  ['what is asked for, though it may not fit', 20, 1e9, 20],
  ['none where there is no GPU', -1, 0, 0],
  ['nor where some were asked for', 20, 0, 0],
])('n_gpu_layers reaches the addon: %s', async (_, wanted, deviceBytes, expected) => {
  expect(await told(wanted, deviceBytes)).toBe(expected)
})

test('n_gpu_layers -1 is as many as fit', async () => {
  const layers = (await told(-1, 4e9)) ?? 0
  expect(layers).toBeGreaterThan(5)
  expect(layers).toBeLessThan(33)
})

test('draft_n_gpu_layers is heard, within what the model has', () => {
  const onGpu = { device: 'cuda', gpuLayers: 33 }
  expect(draftLayers({ gpuLayers: -1, header }, onGpu)).toBe(33)
  expect(draftLayers({ gpuLayers: 0, header }, onGpu)).toBe(0)
  expect(draftLayers({ gpuLayers: 7, header }, onGpu)).toBe(7)
  expect(draftLayers({ gpuLayers: 99, header }, onGpu)).toBe(33)
  expect(draftLayers({ gpuLayers: -1 }, onGpu)).toBe(999)
  expect(draftLayers({ gpuLayers: 7, header }, { device: 'cpu', gpuLayers: 0 })).toBe(0)
  // The GPU has no room, or is to be left alone: then the draft model is no exception, unless it was asked for.
  expect(draftLayers({ gpuLayers: -1, header }, { device: 'cuda', gpuLayers: 0 })).toBe(0)
  expect(draftLayers({ gpuLayers: 7, header }, { device: 'cuda', gpuLayers: 0 })).toBe(7)
})
