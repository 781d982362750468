import { expect, test } from 'bun:test'
import { randomText } from './texts.ts'

test('random texts are the same for a seed, differ from the first words on for others, and are as long as asked for', () => {
  expect(randomText(7, 100)).toBe(randomText(7, 100))
  const beginnings = Array.from({ length: 200 }, (_, seed) => randomText(seed, 60).slice(0, 25))
  expect(new Set(beginnings).size).toBe(200)
  for (const tokens of [1, 12, 512]) {
    const text = randomText(3, tokens)
    const parts = text.split(/[ .]+/).filter((part) => part !== '').length + text.split('.').length - 1
    expect(Math.abs(parts - tokens)).toBeLessThanOrEqual(1)
  }
})
