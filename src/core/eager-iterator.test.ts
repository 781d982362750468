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
  const recover = () => {
    throw told
  }
  const events = translate(queue, { push: (item: Item) => [item], recover })
  queue.push({ n: 1 })
  queue.fail(new Error('raw'))
  expect(await events.next()).toEqual({ done: false, value: { n: 1 } })
  await expect(events.next()).rejects.toBe(told)
})

for (const [who, isReady] of [
  ['waited for', false],
  ['ready', true],
] as const)
  test(`the last events may stand for what the source throws, where that is ${who}`, async () => {
    const queue = queueTo(9)
    let closed = 0
    const events = translate(queue, { push: (item: Item) => [item], recover: () => [{ n: 7 }], close: () => closed++ })
    const first = isReady ? undefined : events.next()
    queue.push({ n: 1 })
    expect(await (first ?? events.next())).toEqual({ done: false, value: { n: 1 } })
    const waiting = isReady ? undefined : events.next()
    queue.fail(new Error('raw'))
    expect(waiting ? await waiting : events.ready()).toEqual({ done: false, value: { n: 7 } })
    expect(events.ready()).toEqual({ done: true, value: undefined })
    expect(closed).toBe(1)
  })

test('the last events may stand for what the translation throws, and the source is left', async () => {
  const queue = queueTo(9)
  const closed = Promise.withResolvers<void>()
  const events = translate(queue, {
    push() {
      throw new Error('no such word')
    },
    recover: (error) => [{ problem: (error as Error).message }],
    close: () => closed.resolve(),
  })
  queue.push({ n: 1 })
  expect(await Array.fromAsync(events)).toEqual([{ problem: 'no such word' }])
  await closed.promise
  expect(await queue[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined })
})

test('who has left hears nothing of what the source throws after that', async () => {
  const failing = Promise.withResolvers<void>()
  const source = (async function* () {
    yield { n: 1 }
    await failing.promise
    throw new Error('too late')
  })()
  const events = translate(source, { push: (item) => [item], recover: () => [{ n: 7 }] })
  await events.next()
  const waiting = events.next()
  void events.return().catch(() => {})
  failing.resolve()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(events.ready()).toEqual({ done: true, value: undefined })
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
