import { expect, test } from 'bun:test'
import type { ModelHeader } from '../../../core/model.ts'
import { mapsWeights, rearrangedShare, splitWeights } from './weights.ts'

const header = (matrixBytes: Readonly<Record<string, number>>, outputBytes = 100): ModelHeader => ({
  architecture: 'llama',
  tensorBytes: 1200,
  blockCount: 10,
  layout: { embeddingBytes: 100, outputBytes, matrixBytes, describedBytes: 1200 },
})

test('which part a processor wants in another order depends on its kind', () => {
  expect(rearrangedShare(header({ Q4_K: 600, Q6_K: 300 }), 'x64')).toBe(0.5)
  expect(rearrangedShare(header({ Q4_K: 600, Q6_K: 300 }), 'arm64')).toBe(0.75)
  expect(rearrangedShare(header({ Q4_1: 1000 }), 'x64')).toBe(0)
  expect(rearrangedShare({ architecture: 'llama', tensorBytes: 1 }, 'x64')).toBe(0)
})

test('a file is mapped unless most of it would be in memory twice', () => {
  expect(mapsWeights(header({ Q4_1: 1000 }), 0)).toBe(true)
  expect(mapsWeights(header({ Q4_0: 1000 }), 0)).toBe(false)
  expect(mapsWeights(header({ Q4_0: 1000 }), 5)).toBe(false)
  expect(mapsWeights(header({ Q4_0: 1000 }), 11)).toBe(true)
})

test('weights are in memory once, and what is rearranged of a mapped file twice', () => {
  expect(splitWeights(header({ Q4_0: 1000 }), 0)).toEqual({ main: 1200, device: 0 })
  const { main } = splitWeights(header({ Q4_0: 60, Q4_1: 940 }), 0)
  expect(main).toBeGreaterThan(1249)
  expect(main).toBeLessThan(1261)
})

test('on a GPU are the output first, then blocks from the last one on; the table of the tokens stays', () => {
  expect(splitWeights(header({ Q4_1: 1000 }), 1)).toEqual({ main: 1100, device: 100 })
  expect(splitWeights(header({ Q4_1: 1000 }), 6)).toEqual({ main: 600, device: 600 })
  expect(splitWeights(header({ Q4_1: 1000 }), 11)).toEqual({ main: 100, device: 1100 })
  expect(splitWeights(header({ Q4_1: 1000 }, 0), 11)).toEqual({ main: 100, device: 1200 })
})
