import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import { continuation, LookupIndex, leastMatch, mostMatch } from './lookup-index.ts'

/** How long the text before a place is the same as that at its end. */
function matchLength(tokens: readonly number[], next: number): number {
  let length = 0
  while (length < mostMatch && length < next && tokens[next - 1 - length] === tokens[tokens.length - 1 - length])
    length++
  return length
}

test('finds the longest match, of several the latest, in a text that grows', () => {
  const random = new SeededRandom(3)
  for (let round = 0; round < 30; round++) {
    const index = new LookupIndex()
    const tokens: number[] = []
    for (let step = 0; step < 80; step++) {
      // Few places of the same piece, so that all of them are looked at.
      for (let count = random.between(1, 3); count > 0; count--) tokens.push(random.between(1, 12))
      expect(index.extend(tokens)).toBe(true)
      const lengths = tokens.map((_, next) => (next > 0 ? matchLength(tokens, next) : 0))
      const longest = Math.max(...lengths)
      const found = index.find(tokens)
      if (longest < leastMatch) expect(found).toBeUndefined()
      else expect(found).toEqual({ length: longest, next: lengths.lastIndexOf(longest) })
    }
  }
})

test('goes on with what it found where the text ends: a text that repeats itself', () => {
  const tokens = [9, 1, 2, 3, 1, 2, 3]
  const index = new LookupIndex()
  index.extend(tokens)
  const match = index.find(tokens)
  expect(match).toEqual({ next: 4, length: 3 })
  expect(match && continuation(tokens, match, 7)).toEqual([1, 2, 3, 1, 2, 3, 1])
})

test('a very long prompt is entered piece by piece', () => {
  const random = new SeededRandom(1)
  const tokens = Array.from({ length: 40_000 }, () => random.between(1, 50_000))
  tokens.push(...tokens.slice(1000, 1010))
  const index = new LookupIndex()
  const turns = [index.extend(tokens), index.extend(tokens), index.extend(tokens)]
  expect(turns).toEqual([false, false, true])
  expect(index.find(tokens)).toEqual({ next: 1010, length: 10 })
})
