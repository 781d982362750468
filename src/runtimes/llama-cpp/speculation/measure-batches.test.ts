import { expect, spyOn, test } from 'bun:test'
import { FakeContext } from '../fake-context.fixture.ts'
import { BatchCost } from './batch-cost.ts'
import { measureBatches } from './measure-batches.ts'

/** On a clock that goes on by the decodes only: `milliseconds` of the size, and of the number of the decode. */
async function measured(most: number, milliseconds: (tokens: number, decode: number) => number) {
  let now = 0
  using _clock = spyOn(performance, 'now').mockImplementation(() => now)
  const fake = new FakeContext()
  const { context, decodedSizes } = fake
  const decode = context.decodeBatch.bind(context)
  context.decodeBatch = async () => {
    await decode()
    now += milliseconds(decodedSizes.at(-1) ?? 0, decodedSizes.length)
  }
  const cost = new BatchCost()
  await measureBatches(context, cost, { most, mostWithLogits: 4 })
  expect(fake.offences).toEqual([])
  return { cost, sizes: [...new Set(decodedSizes)], decodedSizes }
}

test('measures as far as batches may become large', async () => {
  expect((await measured(16, () => 1)).sizes).toEqual([1, 2, 4, 8, 16])
  expect((await measured(2, () => 1)).sizes).toEqual([1, 2, 4, 8])
  expect((await measured(512, () => 1)).sizes).toEqual([1, 2, 4, 8, 16, 32, 64])
})

test('stops at sizes that would take long, and measures none twice that takes long', async () => {
  expect((await measured(512, (tokens) => 25 * tokens)).decodedSizes).toEqual([
    1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 1, 2, 4, 8,
  ])
  expect((await measured(512, (tokens) => 5000 * tokens)).decodedSizes).toEqual([1, 1, 2, 4, 8])
})

test('is not deceived by a machine that was busy for a while', async () => {
  const { cost } = await measured(8, (tokens, decode) => (5 + tokens) * (decode < 7 ? 3 : 1))
  for (const tokens of [1, 2, 4, 8]) expect(cost.milliseconds(tokens)).toBeCloseTo(5 + tokens, 6)
  // Also where it made a size seem to take too long to be measured again.
  const late = await measured(8, (tokens, decode) => (20 + 20 * tokens) * (decode === 5 ? 2 : 1))
  expect(late.cost.milliseconds(8)).toBeCloseTo(180, 6)
  // Nor at a size that is measured once only: more tokens do not take less.
  const once = await measured(8, (tokens, decode) => (tokens === 4 && decode === 4 ? 900 : 400 + 10 * tokens))
  expect(once.cost.milliseconds(4)).toBeCloseTo(480, 6)
})
