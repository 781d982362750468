import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { neverCame, type Rate, roomOf, take, untilFull, waitOf } from './cell-rate.ts'

const minute = (limit: number): Rate => ({ limit, periodMilliseconds: 60_000 })

test('a period may come at once, and then one unit each so often', () => {
  const rate = minute(60)
  let due = neverCame
  for (let count = 0; count < 60; count++) {
    expect(roomOf(due, { rate, now: 0 })).toBe(60 - count)
    expect(waitOf(due, { rate, now: 0 })).toBe(0)
    due = take(due, 1, { rate, now: 0 })
  }
  expect(roomOf(due, { rate, now: 0 })).toBe(0)
  expect(waitOf(due, { rate, now: 0 })).toBe(1000)
  expect(untilFull(due, 0)).toBe(60_000)
  expect(roomOf(due, { rate, now: 999 })).toBe(0)
  expect(roomOf(due, { rate, now: 1000 })).toBe(1)
  expect(roomOf(due, { rate, now: 60_000 })).toBe(60)
  expect(roomOf(due, { rate, now: 600_000 })).toBe(60)
})

test('what took more than there was is a debt that time pays off', () => {
  const rate = minute(1000)
  const due = take(neverCame, 5000, { rate, now: 0 })
  expect(roomOf(due, { rate, now: 0 })).toBe(0)
  expect(waitOf(due, { rate, now: 0 })).toBe(4 * 60_000 + 60)
  expect(roomOf(due, { rate, now: 4 * 60_000 + 60 })).toBe(1)
})

test('another limit leaves the part of it that was used as it is', () => {
  const due = take(neverCame, 30, { rate: minute(60), now: 0 })
  expect(roomOf(due, { rate: minute(600), now: 0 })).toBe(300)
  expect(roomOf(due, { rate: minute(2), now: 0 })).toBe(1)
})

test('whatever comes: never more than a bucket that fills evenly would give, never less, and the wait is right', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new SeededRandom(seed)
    const below = (most: number) => Math.floor(random.next() * most)
    const rate = { limit: 1 + below(200), periodMilliseconds: 1000 * (1 + below(60)) }
    let [now, due] = [below(1e9), neverCame]
    /** A bucket of tokens, as it stands in textbooks: it holds `limit`, and may be owed some. */
    let [tokens, filledAt] = [rate.limit, now]
    const taken: { at: number; units: number }[] = []
    for (let step = 0; step < 300; step++) {
      now += below(3) === 0 ? 0 : below((3 * rate.periodMilliseconds) / rate.limit + 2)
      tokens = Math.min(rate.limit, tokens + ((now - filledAt) * rate.limit) / rate.periodMilliseconds)
      filledAt = now
      const room = roomOf(due, { rate, now })
      expect(room).toBe(Math.max(0, Math.floor(tokens + 1e-6)))
      const wait = waitOf(due, { rate, now })
      expect(wait > 0).toBe(room === 0)
      if (wait > 0) {
        expect(roomOf(due, { rate, now: now + wait + 0.01 })).toBe(1)
        expect(roomOf(due, { rate, now: now + wait - rate.periodMilliseconds / rate.limit / 100 })).toBe(0)
        continue
      }
      const units = below(10) === 0 ? below(3 * rate.limit) : 1
      due = take(due, units, { rate, now })
      tokens -= units
      taken.push({ at: now, units })
    }
    const singles = taken.filter(({ units }) => units === 1)
    for (const [index, { at }] of singles.entries()) {
      const within = singles.slice(index).filter((each) => each.at < at + rate.periodMilliseconds).length
      expect(within).toBeLessThanOrEqual(2 * rate.limit)
    }
  }
})
