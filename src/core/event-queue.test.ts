import { expect, test } from 'bun:test'
import { EventQueue } from './event-queue.ts'

interface Item {
  readonly n: number
}
const queueTo = (last: number) => new EventQueue<Item>(({ n }) => n === last)

test('gives what was pushed, whether or not it was waited for, up to the last one', async () => {
  const queue = queueTo(3)
  const events = queue[Symbol.asyncIterator]()
  const first = events.next()
  for (const n of [1, 2, 3, 4]) queue.push({ n })
  expect(await first).toEqual({ done: false, value: { n: 1 } })
  expect(events.ready()).toEqual({ done: false, value: { n: 2 } })
  expect(await events.next()).toEqual({ done: false, value: { n: 3 } })
  expect(events.ready()).toEqual({ done: true, value: undefined })
  expect(await events.next()).toEqual({ done: true, value: undefined })
})

test('nothing is ready where nothing was pushed', () => {
  expect(queueTo(1)[Symbol.asyncIterator]().ready()).toBeUndefined()
})

test('an error comes after what was pushed before it, and once', async () => {
  const queue = queueTo(9)
  const events = queue[Symbol.asyncIterator]()
  queue.push({ n: 1 })
  queue.fail(new Error('broken'))
  expect(await events.next()).toEqual({ done: false, value: { n: 1 } })
  expect(() => events.ready()).toThrow('broken')
  expect(await events.next()).toEqual({ done: true, value: undefined })
})

test('a reader who waits is told of the error, or of his own leaving', async () => {
  const queue = queueTo(9)
  const waiting = queue[Symbol.asyncIterator]().next()
  queue.fail(new Error('broken'))
  await expect(waiting).rejects.toThrow('broken')
  const events = queueTo(9)[Symbol.asyncIterator]()
  const left = events.next()
  await events.return()
  expect(await left).toEqual({ done: true, value: undefined })
})

test('joins what nobody has taken yet, and nothing that is being waited for', async () => {
  const queue = new EventQueue<Item>(
    () => false,
    (left, right) => ({ n: left.n + right.n }),
  )
  const events = queue[Symbol.asyncIterator]()
  const first = events.next()
  for (const n of [1, 2, 3]) queue.push({ n })
  expect(await first).toEqual({ done: false, value: { n: 1 } })
  expect(await events.next()).toEqual({ done: false, value: { n: 5 } })
})
