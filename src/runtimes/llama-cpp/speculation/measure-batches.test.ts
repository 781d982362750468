import { expect, test } from 'bun:test'
import { FakeContext } from '../fake-context.fixture.ts'
import { BatchCost } from './batch-cost.ts'
import { measureBatches } from './measure-batches.ts'

async function sizesWith(most: number, milliseconds: (tokens: number) => number): Promise<number[]> {
  const fake = new FakeContext()
  const cost = new BatchCost()
  // What the fake really takes is nothing that anything could be decided by.
  const { observe } = cost
  cost.observe = (tokens) => observe.call(cost, tokens, milliseconds(tokens))
  await measureBatches(fake.context, cost, { most, mostWithLogits: 4 })
  expect(fake.offences).toEqual([])
  return [...new Set(fake.decodedSizes)]
}

test('measures as far as batches may become large', async () => {
  expect(await sizesWith(16, () => 1)).toEqual([1, 2, 4, 8, 16])
  expect(await sizesWith(2, () => 1)).toEqual([1, 2, 4, 8])
  expect(await sizesWith(512, () => 1)).toEqual([1, 2, 4, 8, 16, 32, 64])
})

test('stops at sizes that would take long', async () => {
  expect(await sizesWith(512, (tokens) => 25 * tokens)).toEqual([1, 2, 4, 8, 16])
  expect(await sizesWith(512, (tokens) => 5000 * tokens)).toEqual([1, 2, 4, 8])
})
