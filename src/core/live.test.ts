import { expect, test } from 'bun:test'
import { LiveValue, livePart } from './live.ts'

test('whoever listens is told of each change, until it is disposed of', () => {
  const value = new LiveValue(1)
  const told: (readonly [number, number])[] = []
  const listening = value.onChange((now, before) => told.push([now, before]))
  value.set(2)
  value.set(3)
  listening[Symbol.dispose]()
  value.set(4)
  expect(told).toEqual([
    [2, 1],
    [3, 2],
  ])
  expect(value.current).toBe(4)
})

test('a part follows the whole', () => {
  const whole = new LiveValue({ level: 'info' })
  const level = livePart(whole, (now) => now.level)
  const told: string[] = []
  level.onChange((now) => told.push(now))
  whole.set({ level: 'debug' })
  expect([level.current, ...told]).toEqual(['debug', 'debug'])
})

test('a listener that fails keeps no other from being told', () => {
  const value = new LiveValue(1)
  const told: number[] = []
  value.onChange(() => {
    throw new Error('the first one fails')
  })
  value.onChange((now) => told.push(now))
  expect(() => value.set(2)).toThrow('the first one fails')
  expect(told).toEqual([2])
  value.onChange(() => {
    throw new Error('so does the third')
  })
  expect(() => value.set(3)).toThrow(AggregateError)
  expect(told).toEqual([2, 3])
})
