import { expect, test } from 'bun:test'
import { latest } from './latest.ts'

test('what comes while nobody reads is one value, the newest', async () => {
  const values = latest<number>()
  for (const value of [1, 2, 3]) values.push(value)
  const read: number[] = []
  for await (const value of values) {
    read.push(value)
    if (value === 3) {
      values.push(4)
      values.push(5)
      values.end()
    }
  }
  expect(read).toEqual([3, 5])
})

test('a reader that waits gets what comes', async () => {
  const values = latest<string>()
  const iterator = values[Symbol.asyncIterator]()
  const next = iterator.next()
  values.push('a')
  expect(await next).toEqual({ done: false, value: 'a' })
  const last = iterator.next()
  values.end()
  expect((await last).done).toBe(true)
})
