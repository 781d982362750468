import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import { BatchCost } from './batch-cost.ts'

const curve = (tokens: number) => 6 + 3 * tokens + (tokens > 8 ? 4 : 0)

test('learns what sizes cost in proportion, from a machine whose speed drifts', () => {
  const random = new SeededRandom(1)
  const cost = new BatchCost()
  let speed = 1
  for (let batch = 0; batch < 2000; batch++) {
    speed = 1.3 ** Math.sin(batch / 150)
    const tokens = random.pick([1, 2, 3, 4, 7, 8, 9, 16, 17, 32])
    cost.observe(tokens, curve(tokens) * speed * (0.95 + 0.1 * random.next()))
  }
  for (const tokens of [1, 2, 4, 8, 16, 32]) {
    expect(cost.milliseconds(tokens) / cost.milliseconds(1) / (curve(tokens) / curve(1))).toBeWithin(0.93, 1.07)
    expect(cost.milliseconds(tokens) / curve(tokens) / speed).toBeWithin(0.9, 1.1)
  }
})

test('one disturbed batch changes little', () => {
  const cost = new BatchCost()
  for (let batch = 0; batch < 50; batch++) cost.observe(1 + (batch % 2), 10)
  cost.observe(2, 500)
  expect(cost.milliseconds(2)).toBeWithin(10, 11)
})

test('what was never measured is careful on the first token, and never dearer than in smaller batches', () => {
  const cost = new BatchCost()
  expect(cost.isKnown).toBe(false)
  cost.observe(1, 10)
  expect([cost.milliseconds(1), cost.milliseconds(6)]).toEqual([expect.closeTo(10), expect.closeTo(40)])
  cost.observe(8, 12)
  cost.observe(10, 30)
  expect(cost.milliseconds(20)).toBeLessThanOrEqual(60.001)
  expect([cost.doubt(20), cost.doubt(10)]).toEqual([1, 0])
})

test('a batch that is decoded in pieces costs their sum, and is learned from as such', () => {
  const random = new SeededRandom(4)
  const cost = new BatchCost()
  for (const tokens of [1, 4]) cost.observe(tokens, curve(tokens))
  for (let batch = 0; batch < 300; batch++) {
    const pieces = random.pick([[4], [4, 1, 1], [4, 4], [4, 8], [4, 3, 1]])
    const milliseconds = pieces.reduce((sum, tokens) => sum + curve(tokens), 0)
    cost.observeAll(pieces, milliseconds * (0.95 + 0.1 * random.next()))
  }
  for (const tokens of [1, 3, 4, 8]) expect(cost.milliseconds(tokens) / curve(tokens)).toBeWithin(0.9, 1.1)
  expect(cost.millisecondsOf([4, 1, 1])).toBeCloseTo(cost.milliseconds(4) + 2 * cost.milliseconds(1))
})

test('the cost by which others are judged follows, also when it is measured seldom', () => {
  const cost = new BatchCost()
  for (let batch = 0; batch < 200; batch++) cost.observe(batch % 2 ? 4 : 8, batch % 2 ? 138 : 190)
  // From now on batches of four are faster, and every tenth is one.
  for (let batch = 0; batch < 60; batch++) cost.observe(batch % 10 ? 8 : 4, batch % 10 ? 190 : 118, batch % 10 === 0)
  expect(cost.milliseconds(4)).toBeWithin(115, 124)
  expect(cost.milliseconds(8)).toBeWithin(185, 195)
})
