import { expect, test } from 'bun:test'
import { EventEmitter } from 'node:events'
import { hearEarlyHangUps } from './early-hang-ups.ts'

test('a SIGHUP that somebody sends is a wish for later', () => {
  const signals = new EventEmitter()
  const early = hearEarlyHangUps(signals, () => false)
  expect(early.isReloadAsked).toBe(false)
  signals.emit('SIGHUP')
  expect([early.isReloadAsked, early.signal.aborted]).toEqual([true, false])
  early[Symbol.dispose]()
  expect(signals.listenerCount('SIGHUP')).toBe(0)
})

test('one from a terminal that is gone ends what goes on', () => {
  const signals = new EventEmitter()
  using early = hearEarlyHangUps(signals, () => true)
  signals.emit('SIGHUP')
  expect([early.isReloadAsked, early.signal.aborted]).toEqual([false, true])
})
