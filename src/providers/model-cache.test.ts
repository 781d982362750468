import { expect, test } from 'bun:test'
import { createFakeWorld } from '../../test/fakes/fake-world.ts'
import type { UpstreamModel } from '../core/provider.ts'
import { ModelCache } from './model-cache.ts'

const model = (id: string): UpstreamModel => ({ id, upstreamId: id, provider: 'p', said: {} })
const never = () => new AbortController().signal

function questions() {
  const asked: PromiseWithResolvers<readonly UpstreamModel[]>[] = []
  const world = createFakeWorld()
  const cache = new ModelCache(() => {
    const question = Promise.withResolvers<readonly UpstreamModel[]>()
    asked.push(question)
    return question.promise
  }, world)
  return { asked, world, cache }
}

test('asks once for all who wait, and again when the list is not fresh any more, while the old one is told', async () => {
  const { asked, world, cache } = questions()
  const both = Promise.all([cache.get(never()), cache.get(never())])
  expect(asked.length).toBe(1)
  asked[0]?.resolve([model('a')])
  expect(await both).toEqual([[model('a')], [model('a')]])
  world.pass(59_999)
  await cache.get(never())
  expect(asked.length).toBe(1)
  world.pass(1)
  expect(await cache.get(never())).toEqual([model('a')])
  await cache.get(never())
  expect(asked.length).toBe(2)
  asked[1]?.resolve([model('b')])
  await asked[1]?.promise
  await Promise.resolve()
  expect(await cache.get(never())).toEqual([model('b')])
})

test('tells a failure for a while, then asks again; an old list is better than a failure, for an hour', async () => {
  const { asked, world, cache } = questions()
  const first = cache.get(never()).catch((error: Error) => error.message)
  asked[0]?.reject(new Error('gone'))
  expect(await first).toBe('gone')
  expect(await cache.get(never()).catch((error: Error) => error.message)).toBe('gone')
  expect(asked.length).toBe(1)
  world.pass(5000)
  const second = cache.get(never())
  asked[1]?.resolve([model('a')])
  await second
  world.pass(61_000)
  await cache.get(never())
  asked[2]?.reject(new Error('gone again'))
  await asked[2]?.promise.catch(() => {})
  expect(await cache.get(never())).toEqual([model('a')])
  world.pass(3_600_000)
  const last = cache.get(never()).catch((error: Error) => error.message)
  asked[3]?.reject(new Error('gone for good'))
  expect(await last).toBe('gone for good')
})

test('who leaves does not take the question from the others', async () => {
  const { asked, cache } = questions()
  const leaving = new AbortController()
  const left = cache.get(leaving.signal).catch((error: Error) => error.message)
  const stayed = cache.get(never())
  leaving.abort(new Error('left'))
  expect(await left).toBe('left')
  asked[0]?.resolve([model('a')])
  expect(await stayed).toEqual([model('a')])
})
