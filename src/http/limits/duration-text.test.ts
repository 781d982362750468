import { expect, test } from 'bun:test'
import { durationText } from './duration-text.ts'

test.each([
  [0, '0s'],
  [-5, '0s'],
  [0.2, '1ms'],
  [120, '120ms'],
  [1000, '1s'],
  [8640, '8.64s'],
  [360_000, '6m0s'],
  [61_500, '1m1.5s'],
  [3_612_000, '1h0m12s'],
  [86_400_000, '24h0m0s'],
])('%d ms are %s', (milliseconds, text) => expect(durationText(milliseconds)).toBe(text))
