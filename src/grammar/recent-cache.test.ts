import { expect, test } from 'bun:test'
import { RecentCache } from './recent-cache.ts'

const keys = [1, 2, 3, 4]
const there = (cache: RecentCache<number, string>) => [...cache.values()]

test('the entries that were used last are kept', () => {
  const cache = new RecentCache<number, string>(3)
  for (const key of [1, 2, 3]) cache.set(key, `value ${key}`)
  expect(cache.get(1)).toBe('value 1')
  cache.set(4, 'value 4')
  expect(keys.map((key) => cache.get(key) !== undefined)).toEqual([true, false, true, true])
  cache.removeOldest(2)
  expect(there(cache)).toEqual(['value 4'])
  expect(cache.size).toBe(1)
})

test('few heavy entries take the place of many light ones, and one that is too heavy is alone', () => {
  const cache = new RecentCache<number, string>(100, 10)
  for (const key of [1, 2, 3]) cache.set(key, `${key}`, 3)
  cache.set(4, '4', 4)
  expect(there(cache)).toEqual(['2', '3', '4'])
  cache.set(4, 'heavier', 8)
  expect(there(cache)).toEqual(['heavier'])
  cache.set(5, 'too heavy', 50)
  expect(there(cache)).toEqual(['too heavy'])
  for (const key of [1, 2, 3]) cache.set(key, `${key}`, 3)
  expect(there(cache)).toEqual(['1', '2', '3'])
})
