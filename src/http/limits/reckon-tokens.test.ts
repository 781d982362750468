import { expect, test } from 'bun:test'
import { reckonTokens } from './reckon-tokens.ts'

test('all texts of a request count, wherever they stand, and pictures do not', () => {
  expect(reckonTokens('')).toBe(0)
  expect(reckonTokens('a')).toBe(1)
  expect(reckonTokens(['word', 'word'])).toBe(2)
  expect(reckonTokens('ÄÖÜß')).toBe(2)
  const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(4000)}` } }
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'x'.repeat(400) }, picture] }]
  expect(reckonTokens({ messages })).toBeWithin(100, 110)
})

test('tokens that were sent as numbers are counted', () => {
  expect(reckonTokens({ input: [[1, 2, 3], [4]] })).toBe(4)
})

test('neither depth nor number of members is too much', () => {
  const depth = 50_000
  expect(reckonTokens(JSON.parse(`${'['.repeat(depth)}"word"${']'.repeat(depth)}`))).toBe(1)
  expect(reckonTokens({ input: Array.from({ length: 200_000 }, () => 7) })).toBe(200_000)
})
