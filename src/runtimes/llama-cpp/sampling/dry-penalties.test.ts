import { describe, expect, test } from 'bun:test'
import { dryPenalties, repeatedEnds } from './dry-penalties.ts'

/** Each letter is a token. */
const tokens = (text: string) => [...text].map((letter) => letter.codePointAt(0) ?? 0)
const letterOf = (token: number) => String.fromCodePoint(token)
const options = { multiplier: 1, base: 2, allowedLength: 2, lastTokens: -1, sequenceBreakers: ['\n'] }
const penalties = (text: string, more: Partial<typeof options> = {}) =>
  Object.fromEntries(
    [...dryPenalties(tokens(text), { ...options, ...more }, letterOf)].map(([token, value]) => [
      letterOf(token),
      value,
    ]),
  )

describe('the penalties for repeating oneself', () => {
  test('grow with the length of what is repeated', () => {
    expect(penalties('abX ab')).toEqual({ X: 1 })
    expect(penalties('zabX zab')).toEqual({ X: 2 })
    expect(penalties('yzabX yzab')).toEqual({ X: 4 })
  })
  test('are for the longest repetition, where a token follows several', () => {
    expect(penalties('abX 1zabX 2zab')).toEqual({ X: 2 })
  })
  test('do not reach over a sequence breaker, and never punish one', () => {
    expect(penalties('yzabX yz\nab')).toEqual({ X: 1 })
    expect(penalties('zab\n zab')).toEqual({})
  })
  test('know breakers that reach over several tokens', () => {
    expect(penalties('yz--abX yz--ab', { sequenceBreakers: ['--'] })).toEqual({ X: 1 })
    expect(penalties('yz--abX yz--ab', { sequenceBreakers: ['z--a'] })).toEqual({})
  })
  test('look at the last tokens only', () => {
    expect(penalties('abX ab', { lastTokens: 4 })).toEqual({})
    expect(penalties('abX ab', { lastTokens: 0 })).toEqual({})
  })
  test('are none for what is shorter than allowed', () => {
    expect(penalties('abX ab', { allowedLength: 3 })).toEqual({})
  })
})

test('repeated ends are what comparing each of them would find', () => {
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: 30 }, () => Math.floor(Math.random() * 2))
    const expected = text.map((_, end) => {
      let length = 0
      while (length <= end && text[end - length] === text[text.length - 1 - length]) length++
      return end === text.length - 1 ? 0 : length
    })
    expect([...repeatedEnds(text)]).toEqual(expected)
  }
})
