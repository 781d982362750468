import { expect, test } from 'bun:test'
import { backOff, pauseBefore } from './back-off.ts'

test('pauses are anything from nothing to a bound that doubles', () => {
  expect([0, 1, 2, 3, 4, 5, 6].map((attempt) => backOff(attempt, 1))).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000])
  expect(backOff(3, 0)).toBe(0)
})

test('what a provider asks for is waited, up to a bound', () => {
  expect(pauseBefore(2, { chance: 0.5 })).toBe(500)
  expect(pauseBefore(2, { asked: 3, chance: 0 })).toBe(3000)
  expect(pauseBefore(0, { asked: 0, chance: 1 })).toBe(250)
  expect(pauseBefore(0, { asked: 10, chance: 0 })).toBe(10_000)
  expect(pauseBefore(0, { asked: 11, chance: 0 })).toBeUndefined()
})
