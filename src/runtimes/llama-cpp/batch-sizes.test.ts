import { expect, test } from 'bun:test'
import { fitBatchSize, fitEmbeddingContexts, loneEmbedding, shortEmbedding } from './batch-sizes.ts'

const gigabyte = 1e9
const header = { architecture: 'llama', tensorBytes: 4.9 * gigabyte }

test('a larger model reads its prompt in smaller pieces on a CPU, not on a GPU', () => {
  expect(fitBatchSize({ ...header, tensorBytes: 0.1 * gigabyte }, 'cpu')).toBe(512)
  expect(fitBatchSize(header, 'cpu')).toBe(128)
  expect(fitBatchSize(header, 'cuda')).toBe(512)
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
