import { describe, expect, test } from 'bun:test'
import type { ModelHeader } from '../../../core/model.ts'
import type { ModelLayout } from '../../../core/model-layout.ts'
import { blockCaches, cacheBytesPerToken } from './cache.ts'

const layout: ModelLayout = { embeddingBytes: 0, outputBytes: 0, matrixBytes: {}, describedBytes: 0 }
/** 4 blocks with 2 of 8 heads of 64 numbers: 512 bytes a block and token in F16. */
const header = (architecture: string, more: Partial<ModelLayout> = {}, facts: Partial<ModelHeader> = {}) => ({
  architecture,
  tensorBytes: 0,
  blockCount: 4,
  embeddingSize: 512,
  headCount: 8,
  headCountKeyValue: 2,
  layout: { ...layout, ...more },
  ...facts,
})
const shape = { contextSize: 4096, sequences: 2, batchSize: 512 }
const full = 4096 * 2 * 512

test('keys and values of each token, in every block', () => {
  expect(blockCaches(header('llama'), shape)).toEqual([full, full, full, full])
  expect(cacheBytesPerToken(header('llama'))).toBe(4 * 512)
  expect(blockCaches(header('llama'), { ...shape, contextSize: 1 })[0]).toBe(256 * 2 * 512)
})

test('types that take less, for keys and for values', () => {
  const types = { key: 'q8_0', value: 'q4_0' } as const
  expect(cacheBytesPerToken(header('llama'), types)).toBe(4 * 2 * 64 * (34 / 32 + 18 / 32))
})

test('heads that differ from block to block, and blocks that share', () => {
  expect(blockCaches(header('llama', { headCountsKeyValue: [2, 1, 0, 2] }), shape)).toEqual([full, full / 2, 0, full])
  expect(blockCaches(header('gemma4', { sharedCacheBlocks: 2 }), shape)).toEqual([full, full, 0, 0])
  expect(blockCaches(header('glm4moe', { predictionBlocks: 1 }), shape)).toEqual([full, full, full, 0])
})

describe('a sliding window', () => {
  const windowed = 1536 * 2 * 512
  test('holds its tokens and those of a batch, in the blocks that have it', () => {
    expect(blockCaches(header('gemma2', { slidingWindow: { size: 1024 } }), shape)).toEqual([
      windowed,
      full,
      windowed,
      full,
    ])
    const dense = header('smallthinker', { slidingWindow: { size: 1024 } })
    expect(blockCaches(dense, shape)).toEqual([full, windowed, windowed, windowed])
    const listed = { size: 1024, pattern: [false, true, true, false] }
    expect(blockCaches(header('gemma4', { slidingWindow: listed }), shape)).toEqual([full, windowed, windowed, full])
  })
  test('never holds more than the context, and counts for nothing where llama.cpp does not heed it', () => {
    const small = { ...shape, contextSize: 512 }
    expect(blockCaches(header('gemma2', { slidingWindow: { size: 1024 } }), small)[0]).toBe(512 * 2 * 512)
    expect(blockCaches(header('phi3', { slidingWindow: { size: 1024 } }), shape)).toEqual([full, full, full, full])
    expect(blockCaches(header('unheard-of', { slidingWindow: { size: 1024 } }), shape)[0]).toBe(full)
  })
})

test('a compressed cache has no values', () => {
  const facts = { headCountKeyValue: 1, keyLength: 576, valueLength: 512 }
  const latent = header('deepseek2', { hasLatentAttention: true }, facts)
  expect(blockCaches(latent, shape)[0]).toBe(4096 * 2 * 576 * 2)
})

describe('states of fixed size', () => {
  const ssm = { convolutionLength: 4, innerSize: 1024, stateSize: 16, groupCount: 0 }
  const state = 4 * 2 * (3 * 1024 + 16 * 1024)
  test('one for each sequence, however long the context is', () => {
    const mamba = header('mamba', { recurrence: ssm })
    expect(blockCaches(mamba, shape)).toEqual([state, state, state, state])
    expect(blockCaches(mamba, { ...shape, contextSize: 65_536 })).toEqual([state, state, state, state])
    expect(cacheBytesPerToken(mamba)).toBe(0)
  })
  test('beside blocks with attention', () => {
    const jamba = header('jamba', { recurrence: ssm, headCountsKeyValue: [0, 2, 0, 2] })
    expect(blockCaches(jamba, shape)).toEqual([state, full, state, full])
    const next = header('qwen3next', { recurrence: ssm })
    expect(blockCaches(next, shape)).toEqual([state, state, state, full])
    expect(blockCaches(header('falcon-h1', { recurrence: ssm }), shape)[0]).toBe(state + full)
  })
  test('of RWKV, and of short convolutions', () => {
    const rwkv = header('rwkv7', { recurrence: { headSize: 64, tokenShiftCount: 2 } })
    expect(blockCaches(rwkv, shape)[0]).toBe(4 * 2 * 512 * 66)
    const lfm = header('lfm2', { recurrence: { shortConvolutionLength: 3 }, headCountsKeyValue: [0, 2, 2, 2] })
    expect(blockCaches(lfm, shape)).toEqual([4 * 2 * 512 * 2, full, full, full])
  })
})

test('what reads a text at once keeps nothing', () => {
  for (const architecture of ['bert', 'nomic-bert-moe', 'modern-bert', 'gemma-embedding'])
    expect(blockCaches(header(architecture), shape)).toEqual([0, 0, 0, 0])
})
