import { describe, expect, test } from 'bun:test'
import type { ModelEntry } from '../../core/model.ts'
import { estimate, fit, least } from './fit.ts'

const gigabyte = 1e9
/** An 8B model in Q4: 32 layers, 8 of 32 heads for keys and values. */
const header = {
  architecture: 'llama',
  tensorBytes: 4.9 * gigabyte,
  trainedContextSize: 131_072,
  blockCount: 32,
  embeddingSize: 4096,
  headCount: 32,
  headCountKeyValue: 8,
  vocabularySize: 128_256,
}
const entry = (load: Partial<ModelEntry['load']> = {}): ModelEntry => ({
  id: 'm',
  aliases: [],
  kind: 'chat',
  format: 'gguf',
  path: '/m.gguf',
  fileBytes: 4.9 * gigabyte,
  createdSeconds: 0,
  header,
  load: { contextSize: 'auto', gpuLayers: -1, slots: 'auto', threads: 'auto', ...load },
  defaults: { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 },
})
const machine = (gigabytes: number, cores = 4) => ({ cores, memoryBytes: gigabytes * gigabyte })
const withGpu = (gigabytes: number, gpu: number) => ({ ...machine(gigabytes), deviceBytes: gpu * gigabyte })

describe('fit', () => {
  test('takes the trained context and four slots where memory is plenty', () => {
    expect(fit(entry(), machine(256))).toMatchObject({ contextSize: 131_072, slots: 4, notes: [] })
  })

  test('gives up slots before it gives up a comfortable context, then context, and says so', () => {
    const small = fit(entry(), machine(16))
    expect(small.slots).toBe(1)
    expect(small.contextSize).toBeGreaterThan(32_768)
    expect(small.contextSize % 256).toBe(0)
    expect(small.notes[0]).toContain(`n_ctx is ${small.contextSize} of the trained 131072`)
  })

  test('keeps what was asked for', () => {
    expect(fit(entry({ contextSize: 2048, slots: 3 }), machine(16))).toMatchObject({ contextSize: 2048, slots: 3 })
  })

  test('never uses more threads than cores', () => {
    expect(fit(entry({ threads: 9 }), machine(16, 2))).toMatchObject({
      threads: 2,
      notes: expect.arrayContaining([expect.stringContaining('threads lowered from 9 to 2')]),
    })
    expect(fit(entry({ threads: 1 }), machine(16, 2)).threads).toBe(1)
  })

  test('what it chooses for itself fits by its own estimate', () => {
    for (const gigabytes of [8, 12, 16, 24, 64, 256])
      expect(estimate(entry(), machine(gigabytes)).mainBytes).toBeLessThanOrEqual(gigabytes * gigabyte)
  })
})

describe('the least', () => {
  test('is one slot of a useful context, and that is what fits into it', () => {
    const room = least(entry(), machine(64))
    expect(room.deviceBytes).toBe(0)
    const chosen = estimate(entry(), { ...machine(64), memoryBytes: room.mainBytes })
    expect(chosen).toMatchObject({ contextSize: 4096, slots: 1, mainBytes: room.mainBytes })
  })
  test('is what was asked for where something was', () => {
    const asked = entry({ contextSize: 16_384, slots: 4 })
    expect(least(asked, machine(64)).mainBytes).toBe(estimate(asked, machine(64)).mainBytes)
    expect(least(asked, machine(64)).mainBytes).toBeGreaterThan(least(entry(), machine(64)).mainBytes + 8e9)
  })
  test('a shorter context is tried where not even that fits', () => {
    const { mainBytes } = least(entry(), machine(64))
    const chosen = fit(entry(), { ...machine(64), memoryBytes: mainBytes - 0.2 * gigabyte })
    expect(chosen.contextSize).toBeLessThan(4096)
    expect(chosen.contextSize).toBeGreaterThanOrEqual(512)
    expect(fit(entry(), machine(1)).contextSize).toBe(512)
  })
})

test('it never takes more than the room, grows with it, and leaves some of it', () => {
  const { mainBytes } = least(entry(), machine(64))
  let before = 0
  for (let room = mainBytes; room < 64 * gigabyte; room *= 1.15) {
    const chosen = estimate(entry(), { ...machine(64), memoryBytes: room })
    expect(chosen.mainBytes).toBeLessThanOrEqual(room)
    expect(chosen.contextSize * chosen.slots).toBeGreaterThanOrEqual(before / 4)
    before = chosen.contextSize * chosen.slots
  }
  const large = estimate(entry(), machine(24))
  expect(24 * gigabyte - large.mainBytes).toBeGreaterThan(5 * gigabyte)
})

test('quantised caches hold longer contexts', () => {
  const small = entry({ cacheTypes: { key: 'q8_0', value: 'q8_0' } })
  expect(fit(small, machine(10)).contextSize).toBeGreaterThan(1.7 * fit(entry(), machine(10)).contextSize)
})

test('a draft model and adapters take their part', () => {
  const { layout: _, ...small } = { ...header, tensorBytes: 0.5 * gigabyte, blockCount: 16, layout: undefined }
  const draft = { path: '/d.gguf', header: small, contextSize: 'auto', gpuLayers: -1 } as const
  const load = { contextSize: 4096, slots: 1, draft, adapters: [{ path: '/a', scale: 1, tensorBytes: 1e8 }] } as const
  const [plain, more] = [
    estimate(entry({ contextSize: 4096, slots: 1 }), machine(64)),
    estimate(entry(load), machine(64)),
  ]
  expect(more.adapterBytes).toBe(1e8)
  expect(more.draftBytes).toBeGreaterThan(0.5 * gigabyte + 4096 * 16 * 8 * 256 * 2)
  expect(more.mainBytes - plain.mainBytes).toBe(more.adapterBytes + more.draftBytes)
  const { header: __, ...unread } = draft
  expect(estimate(entry({ ...load, draft: unread }), machine(64)).notes.join()).toContain('draft')
})

describe('layers on a GPU', () => {
  test('all of them where they fit, the output layer included, and the main memory has little to do', () => {
    const chosen = estimate(entry({ contextSize: 4096, slots: 1 }), withGpu(64, 24))
    expect(chosen.gpuLayers).toBe(33)
    expect(chosen.deviceBytes).toBeGreaterThan(4.9 * gigabyte)
    expect(chosen.mainBytes).toBeLessThan(0.6 * gigabyte)
    expect(chosen.notes).toEqual([])
  })
  test('as many as fit where not all do, and it says so', () => {
    const chosen = estimate(entry({ contextSize: 4096, slots: 1 }), withGpu(64, 4))
    expect(chosen.gpuLayers).toBeGreaterThan(10)
    expect(chosen.gpuLayers).toBeLessThan(33)
    expect(chosen.deviceBytes).toBeLessThanOrEqual(4 * gigabyte)
    expect(chosen.notes.join()).toContain(`n_gpu_layers is ${chosen.gpuLayers} of 33`)
  })
  test('none without a GPU, and what was asked for otherwise', () => {
    expect(fit(entry({ gpuLayers: 7 }), machine(64))).toMatchObject({
      gpuLayers: 0,
      notes: expect.arrayContaining([expect.stringContaining('n_gpu_layers 7')]),
    })
    expect(fit(entry({ gpuLayers: 7 }), withGpu(64, 2)).gpuLayers).toBe(7)
    expect(fit(entry({ gpuLayers: 99 }), withGpu(64, 2)).gpuLayers).toBe(33)
    expect(fit(entry({ gpuLayers: 0 }), withGpu(64, 24)).gpuLayers).toBe(0)
  })
  test('a context that was left open grows into the memory of the GPU, and not beyond it', () => {
    const chosen = estimate(entry(), withGpu(64, 12))
    expect(chosen.gpuLayers).toBe(33)
    expect(chosen.contextSize).toBeGreaterThan(8192)
    expect(chosen.deviceBytes).toBeLessThanOrEqual(12 * gigabyte)
  })
})

describe('an embedding model', () => {
  const long = {
    ...entry(),
    kind: 'embedding' as const,
    header: { ...header, tensorBytes: 0.6 * gigabyte, trainedContextSize: 32_768 },
  }
  test('reads at most 8,192 tokens at once unless it is told otherwise, and says so', () => {
    expect(fit(long, machine(64))).toMatchObject({
      contextSize: 8192,
      notes: [expect.stringContaining('8192 of the trained 32768')],
    })
    expect(fit({ ...long, load: { ...long.load, contextSize: 16_384 } }, machine(64)).contextSize).toBe(16_384)
    expect(fit({ ...long, load: { ...long.load, contextSize: 99_999 } }, machine(64)).contextSize).toBe(32_768)
  })
  test('takes many requests at once, which have no cache each, and as many as it is told', () => {
    expect(fit(long, machine(64)).slots).toBe(16)
    expect(fit({ ...long, load: { ...long.load, slots: 3 } }, machine(64)).slots).toBe(3)
  })
})
