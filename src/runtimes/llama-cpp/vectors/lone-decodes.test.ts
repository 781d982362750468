import { expect, test } from 'bun:test'
import type { AddonContext } from '../addon.ts'
import { decodeAlone } from './lone-decodes.ts'

/** What was done in order, with a clock that goes on by 2 ms a token with every core. */
function setting() {
  const done: string[] = []
  let time = 0
  const state = { isIdle: true, isGivenUp: false }
  const context = { decodeBatch: async () => void done.push('one thread') } as unknown as AddonContext
  const lone = decodeAlone({
    mostTokens: 512,
    isIdle: () => state.isIdle,
    now: () => time,
    decodeOn: (_, milliseconds) => {
      done.push(`every core for ${milliseconds} ms`)
      time += 20
      return !state.isGivenUp
    },
  })
  const wait = (milliseconds: number) => {
    time += milliseconds
  }
  return { done, state, wait, decode: (isAlone = true) => lone.decode(context, 10, () => isAlone) }
}

test('a lone input has every core while nobody computes, and one thread while somebody does', async () => {
  const { done, state, decode } = setting()
  await decode()
  await decode(false)
  state.isIdle = false
  await decode()
  expect(done).toEqual(['every core for Infinity ms', 'one thread', 'one thread'])
})

test('what happens in the same turn is heard before it is decided', async () => {
  const { done, state, decode } = setting()
  const decoded = decode()
  state.isIdle = false
  await decoded
  expect(done).toEqual(['one thread'])
})

test('one that takes three times as long as the fastest is given up, and none is tried for 5 s', async () => {
  const { done, state, decode, wait } = setting()
  await decode()
  state.isGivenUp = true
  await decode()
  await decode()
  expect(done.splice(0)).toEqual(['every core for Infinity ms', 'every core for 65 ms', 'one thread', 'one thread'])
  wait(5000)
  state.isGivenUp = false
  await decode()
  await decode()
  expect(done).toEqual(['every core for 80 ms', 'every core for 65 ms'])
})
