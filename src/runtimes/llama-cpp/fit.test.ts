import { describe, expect, test } from 'bun:test'
import type { ModelEntry } from '../../core/model.ts'
import {
  cacheBytesPerToken,
  cacheSlots,
  estimate,
  fit,
  fitBatchSize,
  fitEmbeddingContexts,
  fitGpuLayers,
  loneEmbedding,
  shortEmbedding,
} from './fit.ts'

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

describe('fit', () => {
  test('the cache of one token has a key and a value in F16 for each layer and head', () => {
    expect(cacheBytesPerToken(header)).toBe(32 * 8 * (128 + 128) * 2)
  })

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
      notes: [expect.stringContaining('9'), expect.anything()],
    })
    expect(fit(entry({ threads: 1 }), machine(16, 2)).threads).toBe(1)
  })

  test('what it chooses for itself fits by its own estimate', () => {
    for (const gigabytes of [8, 12, 16, 24, 64, 256])
      expect(estimate(entry(), machine(gigabytes)).mainBytes).toBeLessThanOrEqual(gigabytes * gigabyte)
  })
})

describe('layers on a GPU', () => {
  const gpu = (gigabytes: number) => ({ freeBytes: gigabytes * gigabyte, cacheBytes: gigabyte })
  test('all of them where they fit, the output layer included', () =>
    expect(fitGpuLayers(header, -1, gpu(24))).toBe(33))
  test('as many as fit where not all do', () => {
    const layers = fitGpuLayers(header, -1, gpu(4))
    expect(layers).toBeGreaterThan(10)
    expect(layers).toBeLessThan(33)
  })
  test('none without memory, and what was asked for otherwise', () => {
    expect(fitGpuLayers(header, -1, gpu(0))).toBe(0)
    expect(fitGpuLayers(header, 7, gpu(0))).toBe(7)
    expect(fitGpuLayers(header, 99, gpu(0))).toBe(33)
  })
})

test('a larger model reads its prompt in smaller pieces on a CPU, not on a GPU', () => {
  expect(fitBatchSize({ ...header, tensorBytes: 0.1 * gigabyte }, 'cpu')).toBe(512)
  expect(fitBatchSize(header, 'cpu')).toBe(128)
  expect(fitBatchSize(header, 'cuda')).toBe(512)
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
    const chosen = fit(long, machine(64))
    expect(chosen.slots).toBe(16)
    expect(cacheSlots(long, chosen)).toBe(4)
    expect(fit({ ...long, load: { ...long.load, slots: 3 } }, machine(64)).slots).toBe(3)
    expect(cacheSlots(entry(), { slots: 16 })).toBe(16)
  })
  test('has a context for each thread while contexts are short, and threads for each context when they are long', () => {
    expect(fitEmbeddingContexts({ threads: 16, contextSize: 512 })).toEqual({ count: 16, threadsEach: 1 })
    expect(fitEmbeddingContexts({ threads: 16, contextSize: 8192 })).toEqual({ count: 2, threadsEach: 8 })
    expect(fitEmbeddingContexts({ threads: 2, contextSize: 32_768 })).toEqual({ count: 1, threadsEach: 2 })
  })
  test('a lone text gets more threads than its context has, at most 4, where there are more', () => {
    expect(loneEmbedding({ threads: 2, threadsEach: 1 })).toEqual({ threads: 2, mostTokens: 512 })
    expect(loneEmbedding({ threads: 16, threadsEach: 1 })?.threads).toBe(4)
    expect(loneEmbedding({ threads: 1, threadsEach: 1 })).toBeUndefined()
    expect(loneEmbedding({ threads: 16, threadsEach: 8 })).toBeUndefined()
  })
  test('only models that read a text at once have contexts of their own for short texts', () => {
    expect(shortEmbedding({ architecture: 'bert' })).toBe(63)
    expect(shortEmbedding({ architecture: 'nomic-bert' })).toBe(63)
    expect(shortEmbedding({ architecture: 'qwen3' })).toBe(0)
  })
})
