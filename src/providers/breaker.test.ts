import { expect, test } from 'bun:test'
import { SeededRandom } from '../../test/seeded-random.ts'
import { admission, answered, type Breaker, closedBreaker, entered, failed, succeeded, undecided } from './breaker.ts'

const fail = (breaker: Breaker, now: number, { chance = 1, isTrial = false } = {}) =>
  failed(breaker, { now, problem: 'gone', chance, isTrial })
const failTimes = (count: number, now = 0) =>
  Array.from({ length: count }).reduce<Breaker>((breaker) => fail(breaker, now), closedBreaker)

test('opens after five failures in turn, and not before', () => {
  expect(admission(failTimes(4), 0)).toBe('pass')
  expect(admission(failTimes(5), 0)).toBe('no')
  expect(admission(fail(succeeded(failTimes(4)), 0), 0)).toBe('pass')
})

test('heads of answers of which none becomes whole do not keep it closed', () => {
  let breaker = closedBreaker
  for (let number = 0; number < 5; number++) breaker = fail(answered(breaker), 0)
  expect(admission(breaker, 0)).toBe('no')
  // The one that tries it has a head, and breaks off as well: longer than the first time.
  breaker = fail(answered(entered(breaker)), 5000)
  expect((breaker.openUntil ?? 0) - 5000).toBe(10_000)
  expect(succeeded(answered(entered(breaker)))).toEqual(closedBreaker)
})

test('what was sent before it opened decides nothing', () => {
  const open = failTimes(5)
  expect(succeeded(open)).toBe(open)
  const tried = entered(open)
  const later = fail(tried, 6000)
  expect(later).toMatchObject({ isTried: true, openUntil: open.openUntil })
})

test('lets one request try it when its time is over, and opens for longer each time', () => {
  let breaker = failTimes(5)
  for (const pause of [5000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000]) {
    const end = breaker.openUntil ?? 0
    expect(admission(breaker, end - 1)).toBe('no')
    expect(admission(breaker, end)).toBe('try')
    expect(end - (breaker.openUntil ?? 0)).toBe(0)
    breaker = entered(breaker)
    expect(admission(breaker, end)).toBe('no')
    const again = fail(breaker, end, { isTrial: true })
    expect((again.openUntil ?? 0) - end).toBe(Math.min(120_000, pause * 2))
    breaker = again
  }
  expect(admission(succeeded(answered(breaker)), 0)).toBe('pass')
})

test('a request that tells nothing lets the next one try', () => {
  const breaker = entered(failTimes(5))
  expect(admission(undecided(breaker), 5000)).toBe('try')
})

test('spreads those that wait', () => {
  const ends = [0, 0.5, 1].map((chance) => fail(failTimes(4), 0, { chance }).openUntil)
  expect(ends).toEqual([3750, 4375, 5000])
})

test('whatever happens, one request at most tries an address that is kept off, and a success opens it to all', () => {
  const random = new SeededRandom(11)
  for (let run = 0; run < 2000; run++) {
    let [breaker, now, trying]: [Breaker, number, boolean] = [closedBreaker, 0, false]
    for (let step = 0; step < 60; step++) {
      now += random.between(0, 4000)
      const may = admission(breaker, now)
      if (may === 'try') expect(trying).toBe(false)
      if (may === 'try' || may === 'pass') {
        trying = may === 'try'
        if (trying) breaker = entered(breaker)
      }
      const end = random.pick(['fail', 'succeed', 'leave', 'wait'] as const)
      if (end === 'wait' || may === 'no') continue
      if (end === 'fail') breaker = fail(breaker, now, { chance: random.next(), isTrial: trying })
      if (end === 'succeed') breaker = succeeded(answered(breaker))
      if (end === 'leave' && trying) breaker = undecided(breaker)
      trying = false
      if (end === 'succeed') expect(admission(breaker, now)).toBe('pass')
      expect((breaker.openUntil ?? 0) - now).toBeLessThanOrEqual(120_000)
    }
  }
})
