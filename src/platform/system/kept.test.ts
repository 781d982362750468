import { expect, test } from 'bun:test'
import { keep } from './kept.ts'

/** A source whose readings end when the test says so. */
function source() {
  const readings: ReturnType<typeof Promise.withResolvers<number>>[] = []
  const clock = { now: 0 }
  const kept = keep({
    maxAgeMilliseconds: 1000,
    now: () => clock.now,
    read() {
      const reading = Promise.withResolvers<number>()
      readings.push(reading)
      return reading.promise
    },
  })
  return { kept, readings, clock }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('nothing is read before somebody asks, and once for all who ask meanwhile', async () => {
  const { kept, readings } = source()
  expect(readings).toHaveLength(0)
  const asked = [kept.get(60_000), kept.get(60_000)]
  expect(readings).toHaveLength(1)
  readings[0]?.resolve(1)
  expect(await Promise.all(asked)).toEqual([1, 1])
})

test('an old value is told at once, and read anew in the background', async () => {
  const { kept, readings, clock } = source()
  const first = kept.get(60_000)
  readings[0]?.resolve(1)
  await first
  clock.now = 999
  expect(await kept.get(60_000)).toBe(1)
  expect(readings).toHaveLength(1)
  clock.now = 1000
  expect(await kept.get(60_000)).toBe(1)
  expect(readings).toHaveLength(2)
  readings[1]?.resolve(2)
  await turn()
  expect(await kept.get(60_000)).toBe(2)
})

test('whoever has no patience gets nothing, and the reading goes on', async () => {
  const { kept, readings } = source()
  expect(await kept.get(0)).toBeUndefined()
  readings[0]?.resolve(7)
  await turn()
  expect(kept.value).toBe(7)
})

test('a reading that fails leaves what was known', async () => {
  const { kept, readings, clock } = source()
  const first = kept.get(60_000)
  readings[0]?.resolve(1)
  await first
  clock.now = 5000
  await kept.get(0)
  readings[1]?.reject(new Error('the tool is gone'))
  await turn()
  expect(await kept.get(0)).toBe(1)
})

test('a refresh while one reads is followed by another reading: what changed may have been missed', async () => {
  const { kept, readings } = source()
  kept.refresh()
  kept.refresh()
  kept.refresh()
  expect(readings).toHaveLength(1)
  readings[0]?.resolve(1)
  await turn()
  expect(readings).toHaveLength(2)
  readings[1]?.resolve(2)
  await turn()
  expect(readings).toHaveLength(2)
  expect(kept.value).toBe(2)
})
