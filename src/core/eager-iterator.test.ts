import { expect, test } from 'bun:test'
import { openLate, translate } from './eager-iterator.ts'
import { EventQueue } from './event-queue.ts'

interface Item {
  readonly n: number
}
const queueTo = (last: number) => new EventQueue<Item>(({ n }) => n === last)
const twice = ({ n }: Item) => (n === 2 ? [] : [{ n }, { n: -n }])

test('an event becomes several, or none, and something may come after the last one', async () => {
  const queue = queueTo(3)
  let closed = 0
  const events = translate(queue, { push: twice, end: () => [{ n: 100 }], close: () => closed++ })
  const first = events.next()
  for (const n of [1, 2, 3]) queue.push({ n })
  expect(await first).toEqual({ done: false, value: { n: 1 } })
  const rest: unknown[] = []
  for (let next = events.ready(); next && !next.done; next = events.ready()) rest.push(next.value)
  expect(rest).toEqual([{ n: -1 }, { n: 3 }, { n: -3 }, { n: 100 }])
  expect(events.ready()).toEqual({ done: true, value: undefined })
  expect(closed).toBe(1)
})

test('a source that is a generator is read as well, and nothing of it is ready', async () => {
  const source = (async function* () {
    yield { n: 1 }
    yield { n: 2 }
  })()
  const events = translate(source, { push: (item) => [item] })
  expect(events.ready()).toBeUndefined()
  expect(await Array.fromAsync(events)).toEqual([{ n: 1 }, { n: 2 }])
})

test('what a translation throws ends the source, and reaches the reader', async () => {
  const left = Promise.withResolvers<void>()
  const source = (async function* () {
    try {
      yield { n: 1 }
      yield { n: 2 }
    } finally {
      left.resolve()
    }
  })()
  let closed = 0
  const events = translate(source, {
    push() {
      throw new Error('no such word')
    },
    close: () => closed++,
  })
  await expect(events.next()).rejects.toThrow('no such word')
  await left.promise
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect(closed).toBe(1)
})

test('what the source throws is told in other words, after what came before it', async () => {
  const queue = queueTo(9)
  const told = new Error('told')
  const events = translate(queue, { push: (item: Item) => [item], toError: () => told })
  queue.push({ n: 1 })
  queue.fail(new Error('raw'))
  expect(await events.next()).toEqual({ done: false, value: { n: 1 } })
  await expect(events.next()).rejects.toBe(told)
})

test('leaving ends a wait at once, and closes when the source has cleaned up', async () => {
  let closed = 0
  const events = translate(queueTo(9), { push: (item: Item) => [item], close: () => closed++ })
  const waiting = events.next()
  await events.return()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(closed).toBe(1)
})

test('what is opened late is opened by the first question, and left when its reader left before it was there', async () => {
  const opening = Promise.withResolvers<void>()
  const queue = queueTo(9)
  let closed = 0
  let opened = 0
  const events = openLate(async () => {
    opened++
    await opening.promise
    return translate(queue, { push: (item: Item) => [item], close: () => closed++ })
  })
  expect(opened).toBe(0)
  const waiting = events.next()
  const leaving = events.return()
  opening.resolve()
  await leaving
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect([opened, closed]).toEqual([1, 1])
})

test('what the opening throws reaches the reader', async () => {
  const events = openLate(() => Promise.reject(new Error('not to be had')))
  await expect(events.next()).rejects.toThrow('not to be had')
})
