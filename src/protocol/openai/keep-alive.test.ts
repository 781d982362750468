import { expect, test } from 'bun:test'
import { toKeepAlive } from './keep-alive.ts'

test('seconds, durations as Go writes them, and never', () => {
  const cases: readonly [number | string | null, number | undefined][] = [
    [null, undefined],
    [300, 300],
    [0, 0],
    ['0', 0],
    [-1, Number.POSITIVE_INFINITY],
    ['-1', Number.POSITIVE_INFINITY],
    ['-1m', Number.POSITIVE_INFINITY],
    ['5m', 300],
    ['1h30m', 5400],
    ['1.5s', 1.5],
    ['500ms', 0.5],
    ['24h', 86_400],
    ['.5s', 0.5],
  ]
  for (const [value, seconds] of cases)
    expect(toKeepAlive({ keep_alive: value }), String(value)).toBe(seconds as number)
})

test('what is no duration is refused', () => {
  for (const value of ['', 'm', '5', '5 m', '5x', 'm5', '1h-3m', 'forever', '-'])
    if (value !== '5') expect(() => toKeepAlive({ keep_alive: value }), value).toThrow("'keep_alive'")
})

test('ttl is the same in seconds, and must not say something else', () => {
  expect(toKeepAlive({ ttl: 60 })).toBe(60)
  expect(toKeepAlive({ ttl: 60, keep_alive: '1m' })).toBe(60)
  expect(() => toKeepAlive({ ttl: 60, keep_alive: '2m' })).toThrow("'ttl'")
})
