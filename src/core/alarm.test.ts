import { afterEach, beforeEach, expect, jest, spyOn, test } from 'bun:test'
import { Alarm } from './alarm.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})
const pass = (milliseconds: number) => jest.advanceTimersByTime(milliseconds)

/** An alarm, and what it rang for. */
function make() {
  const rung: string[] = []
  const alarm = new Alarm()
  return { alarm, rung, set: (milliseconds: number, name: string) => alarm.set(milliseconds, () => rung.push(name)) }
}

test('rings once, when its time has come', () => {
  const { rung, set } = make()
  set(10, 'a')
  pass(8)
  expect(rung).toEqual([])
  pass(100)
  expect(rung).toEqual(['a'])
})

test('rings for what was set last, be it later or sooner', () => {
  const { rung, set } = make()
  set(10, 'a')
  set(30, 'b')
  pass(20)
  expect(rung).toEqual([])
  pass(12)
  set(1000, 'c')
  set(5, 'd')
  pass(6)
  expect(rung).toEqual(['b', 'd'])
})

test('what was cleared or stopped does not ring, and can be set again', () => {
  const { alarm, rung, set } = make()
  set(10, 'a')
  alarm.clear()
  pass(20)
  set(10, 'b')
  alarm.stop()
  pass(20)
  set(10, 'c')
  pass(11)
  expect(rung).toEqual(['c'])
})

test('needs one timer however often it is put off', () => {
  const { alarm, rung, set } = make()
  using timers = spyOn(globalThis, 'setTimeout')
  for (let event = 0; event < 1000; event++) {
    set(100, 'heartbeat')
    alarm.clear()
    set(600, 'patience')
    alarm.clear()
  }
  expect(timers).toHaveBeenCalledTimes(1)
  expect(rung).toEqual([])
})
