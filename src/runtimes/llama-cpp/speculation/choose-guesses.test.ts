import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import { chooseGuesses } from './choose-guesses.ts'
import { ubatchesOf } from './ubatches.ts'

test('no other choice brings more tokens a millisecond', () => {
  const random = new SeededRandom(7)
  for (let round = 0; round < 500; round++) {
    const prospects = Array.from({ length: random.between(1, 3) }, () => {
      let chance = 1
      return { chances: Array.from({ length: random.between(0, 4) }, () => (chance *= random.next())) }
    })
    const writers = prospects.length
    const [start, slope, step] = [1 + 5 * random.next(), random.next(), random.next()]
    const costOf = (counts: readonly number[]) => {
      const guesses = counts.reduce((sum, count) => sum + count, 0)
      return start + slope * guesses + (guesses > 3 ? step : 0)
    }
    const most = random.between(0, 8)
    const rateOf = (counts: readonly number[]) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      const right = prospects.flatMap(({ chances }, run) => chances.slice(0, counts[run]))
      return total > most ? 0 : (writers + right.reduce((sum, chance) => sum + chance, 0)) / costOf(counts)
    }
    const choice = chooseGuesses(prospects, { costOf, most })
    expect(rateOf(choice.counts)).toBeCloseTo(choice.gain / choice.cost, 9)
    const all = prospects.reduce<number[][]>(
      (lists, { chances }) =>
        lists.flatMap((list) => [...chances.keys(), chances.length].map((count) => [...list, count])),
      [[]],
    )
    expect(rateOf(choice.counts)).toBeCloseTo(Math.max(...all.map(rateOf)), 9)
  }
})

const splitCost = (counts: readonly number[]) =>
  ubatchesOf(counts.map((count, sequence) => ({ sequence, tokens: 1 + count }))).reduce(
    (sum, size) => sum + 20 + size,
    0,
  )

test('runs get as many guesses as each other where they would be decoded one after the other', () => {
  const alike = [{ chances: [0.9, 0.8, 0.7] }, { chances: [0.9, 0.5, 0.3] }]
  expect(chooseGuesses(alike, { costOf: splitCost, most: 16 }).counts).toEqual([3, 3])
  // For a second decode the guesses of one run bring too little.
  const one = [{ chances: [0.9] }, { chances: [] }, { chances: [] }, { chances: [] }]
  expect(chooseGuesses(one, { costOf: splitCost, most: 16 })).toEqual({
    counts: [0, 0, 0, 0],
    total: 0,
    gain: 4,
    cost: 24,
  })
})

test('where batches are split, the choice is nearly the best of all', () => {
  const random = new SeededRandom(8)
  let [sum, rounds] = [0, 0]
  for (; rounds < 300; rounds++) {
    const prospects = Array.from({ length: random.between(2, 4) }, () => {
      const chance = random.next()
      return { chances: Array.from({ length: random.between(0, 4) }, (_, at) => chance ** (at + 1)) }
    })
    const [start, slope] = [10 * random.next(), random.next()]
    const costOf = (counts: readonly number[]) =>
      ubatchesOf(counts.map((count, sequence) => ({ sequence, tokens: 1 + count }))).reduce(
        (cost, size) => cost + start + slope * size,
        0,
      )
    const rateOf = (counts: readonly number[]) =>
      prospects.reduce(
        (gain, { chances }, run) => gain + 1 + chances.slice(0, counts[run]).reduce((sum, chance) => sum + chance, 0),
        0,
      ) / costOf(counts)
    const all = prospects.reduce<number[][]>(
      (lists, { chances }) => lists.flatMap((list) => [0, ...chances.map((_, at) => at + 1)].map((n) => [...list, n])),
      [[]],
    )
    const { gain, cost } = chooseGuesses(prospects, { costOf, most: 64 })
    const share = gain / cost / Math.max(...all.map(rateOf))
    expect(share).toBeGreaterThan(0.85)
    sum += share
  }
  expect(sum / rounds).toBeGreaterThan(0.99)
})
