import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import { chooseGuesses } from './choose-guesses.ts'

test('no other choice brings more tokens a millisecond', () => {
  const random = new SeededRandom(7)
  for (let round = 0; round < 500; round++) {
    const prospects = Array.from({ length: random.between(1, 3) }, () => {
      let chance = 1
      return { chances: Array.from({ length: random.between(0, 4) }, () => (chance *= random.next())) }
    })
    const writers = prospects.length
    const [start, slope, step] = [1 + 5 * random.next(), random.next(), random.next()]
    const costOf = (guesses: number) => start + slope * guesses + (guesses > 3 ? step : 0)
    const most = random.between(0, 8)
    const rateOf = (counts: readonly number[]) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      const right = prospects.flatMap(({ chances }, run) => chances.slice(0, counts[run]))
      return total > most ? 0 : (writers + right.reduce((sum, chance) => sum + chance, 0)) / costOf(total)
    }
    const choice = chooseGuesses(prospects, { writers, costOf, most })
    expect(rateOf(choice.counts)).toBeCloseTo(choice.gain / choice.cost, 9)
    const all = prospects.reduce<number[][]>(
      (lists, { chances }) =>
        lists.flatMap((list) => [...chances.keys(), chances.length].map((count) => [...list, count])),
      [[]],
    )
    expect(rateOf(choice.counts)).toBeCloseTo(Math.max(...all.map(rateOf)), 9)
  }
})
