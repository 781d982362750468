import { expect, test } from 'bun:test'
import { decodeSpeed } from './decode-speed.ts'

test('the speed of several answers is that of all tokens while all of them generate', () => {
  const answers = [
    { times: [1000, 1500, 2000], completionTokens: 12 },
    { times: [1500, 1750, 2000, 2500], completionTokens: 8 },
  ]
  expect(decodeSpeed(answers)).toBe(16)
})
