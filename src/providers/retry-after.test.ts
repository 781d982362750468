import { expect, test } from 'bun:test'
import { retryAfterSeconds } from './retry-after.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const of = (headers: Record<string, string>, isOverLimit = false) =>
  retryAfterSeconds(new Headers(headers), now, isOverLimit)

test('understands seconds, dates and milliseconds', () => {
  expect(of({ 'retry-after': '7' })).toBe(7)
  expect(of({ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' })).toBe(30)
  expect(of({ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' })).toBe(0)
  expect(of({ 'retry-after-ms': '1500' })).toBe(1.5)
})

test('nobody waits longer than a day, and what is no time is not heard', () => {
  expect(of({ 'retry-after': '999999999999' })).toBe(86_400)
  for (const text of ['', '-3', 'soon', '1e9', 'Infinity', '5 minutes'])
    expect(of({ 'retry-after': text })).toBeUndefined()
})

test('knows from the limits that are used up when to come again', () => {
  const limits = {
    'x-ratelimit-remaining-requests-day': '0',
    'x-ratelimit-reset-requests-day': '33011.4',
    'x-ratelimit-remaining-tokens-minute': '0',
    'x-ratelimit-reset-tokens-minute': '11.4',
  }
  expect(of(limits, true)).toBe(33011.4)
  expect(of({ ...limits, 'x-ratelimit-remaining-requests-day': '12' }, true)).toBe(11.4)
  expect(of(limits)).toBeUndefined()
  expect(of({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m2.5s' }, true)).toBe(62.5)
  expect(of({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '850ms' }, true)).toBe(0.85)
  expect(of({ 'x-ratelimit-reset-requests': '5s' }, true)).toBeUndefined()
})
