import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import { levelled, type Share, ubatchesOf } from './ubatches.ts'

/** From the first sequence on, one after the other; -1: a sequence that has nothing in the batch. */
const shares = (...tokens: number[]): Share[] =>
  tokens.map((count, sequence) => ({ sequence, tokens: count })).filter((share) => share.tokens >= 0)

test.each<[number[], number[]]>([
  [[], []],
  [[7], [7]],
  [[1, 1, 1, 1], [4]],
  [[4, 4, 4, 4], [16]],
  [
    [5, 1, 1, 1],
    [4, 4],
  ],
  [
    [5, 5, 1, 1],
    [4, 8],
  ],
  // What is left of the first and of the last are no neighbours.
  [
    [2, 1, 1, 2],
    [4, 1, 1],
  ],
  [
    [5, 1, 5, 1],
    [4, 4, 4],
  ],
  [
    [2, 2, 3, 1],
    [4, 3, 1],
  ],
  [
    [1, 3, 5, 7],
    [4, 6, 4, 2],
  ],
  [
    [1, -1, 1, 1],
    [1, 2],
  ],
  [
    [3, -1, 3],
    [3, 3],
  ],
])('%j is decoded in pieces of %j', (tokens, sizes) => {
  expect(ubatchesOf(shares(...tokens))).toEqual(sizes)
})

test('a sequence that comes too early in the batch waits for its turn', () => {
  const order = [0, 2, 1].map((sequence) => ({ sequence, tokens: 1 }))
  expect(ubatchesOf(order)).toEqual([2, 1])
})

test('no token is lost, and levelled neighbours are one piece', () => {
  const random = new SeededRandom(3)
  for (let round = 0; round < 500; round++) {
    const all = shares(...Array.from({ length: random.between(1, 8) }, () => random.between(-1, 9)))
    const total = all.reduce((sum, { tokens }) => sum + tokens, 0)
    expect(ubatchesOf(all).reduce((sum, size) => sum + size, 0)).toBe(total)
    const groups = all.filter(({ sequence }) => !all.some((other) => other.sequence === sequence - 1)).length
    expect(ubatchesOf(levelled(all)).length).toBe(total > 0 ? groups : 0)
  }
})
