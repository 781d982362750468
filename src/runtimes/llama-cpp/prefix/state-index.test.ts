import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import { sharedPrefix } from '../slot.ts'
import { type SavedState, StateIndex } from './state-index.ts'

const state = (name: string, tokens: number[], more: Partial<SavedState> = {}): SavedState => ({
  name,
  tokens,
  bytes: 10,
  isDivisible: true,
  ...more,
})

test('the state that shares most with a prompt is found, and the last token is always read', () => {
  const index = new StateIndex(100)
  index.add(state('a', [1, 2, 3, 9]))
  index.add(state('b', [1, 2, 3, 4, 5]))
  expect(index.best([1, 2, 3, 4, 7])).toMatchObject({ state: { name: 'b' }, tokens: 4 })
  expect(index.best([1, 2, 3, 4])).toMatchObject({ tokens: 3 })
  expect(index.best([7, 1])).toBeUndefined()
  expect(index.covered([1, 2, 3, 4])).toBe(4)
})

test('a state that cannot be divided serves only prompts that go on after it', () => {
  const index = new StateIndex(100)
  index.add(state('a', [1, 2, 3], { isDivisible: false }))
  expect(index.best([1, 2, 3])).toBeUndefined()
  expect(index.best([1, 2, 4, 5])).toBeUndefined()
  expect(index.best([1, 2, 3, 4])).toMatchObject({ tokens: 3 })
  expect(index.covered([1, 2])).toBe(0)
})

test('the one unused for longest goes first, and what is larger than all the room is not taken', () => {
  const index = new StateIndex(30)
  const [a, b, c] = [state('a', [1]), state('b', [2]), state('c', [3])]
  for (const each of [a, b, c]) index.add(each)
  index.use(a)
  expect(index.makeRoom(20)).toEqual([b, c])
  expect(index.makeRoom(31)).toBe(false)
  expect([index.bytes, index.best([1, 9])?.state.name]).toEqual([10, 'a'])
})

test('a state makes those superfluous that it goes on from', () => {
  const index = new StateIndex(100)
  index.add(state('a', [1, 2]))
  index.add(state('b', [1, 3]))
  expect(index.add(state('c', [1, 2, 3]))).toMatchObject([{ name: 'a' }])
  expect(index.bytes).toBe(20)
  // The same one again is no second one.
  expect(index.add(state('c', [1, 2, 3]))).toEqual([])
  expect(index.bytes).toBe(20)
})

test('whatever comes and goes, the bytes are those of the states, within the bound, and the best one is the best', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new SeededRandom(seed)
    const most = random.between(20, 200)
    const index = new StateIndex(most)
    const kept = new Map<string, SavedState>()
    const list = () => Array.from({ length: random.between(1, 8) }, () => random.between(1, 2))
    for (let turn = 0; turn < 60; turn++) {
      const tokens = list()
      const made = state(tokens.join(), tokens, { bytes: random.between(1, 60), isDivisible: random.chance(0.7) })
      const room = kept.has(made.name) ? false : index.makeRoom(made.bytes)
      for (const { name } of room || []) kept.delete(name)
      if (room) {
        for (const { name } of index.add(made)) kept.delete(name)
        kept.set(made.name, made)
      }
      expect(index.bytes).toBe([...kept.values()].reduce((sum, { bytes }) => sum + bytes, 0))
      expect(index.bytes).toBeLessThanOrEqual(most)
      const prompt = list()
      const bests = [...kept.values()].map((each) => {
        const shared = Math.min(sharedPrefix(each.tokens, prompt), prompt.length - 1)
        return each.isDivisible || shared === each.tokens.length ? shared : 0
      })
      expect(index.best(prompt)?.tokens ?? 0).toBe(Math.max(0, ...bests))
    }
  }
})
