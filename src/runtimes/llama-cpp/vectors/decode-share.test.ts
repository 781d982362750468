import { expect, test } from 'bun:test'
import { tokensOfNextDecode } from './decode-share.ts'

/** Decodes of two lanes that take turns, in inputs, until nothing waits: what is over half of an input is not taken. */
function decodesOf(inputs: number, tokens: number): readonly number[] {
  const decodes: number[] = []
  for (let [left, running] = [inputs, 0]; left > 0; left -= running) {
    const target = tokensOfNextDecode({
      waiting: left * tokens,
      running: decodes.length % 2 === 0 ? 0 : running * tokens,
      lanes: 2,
      full: 64,
    })
    running = Math.min(left, Math.max(1, Math.ceil(target / tokens - 0.5)))
    decodes.push(running)
  }
  return decodes
}

const halves = (decodes: readonly number[]) =>
  [0, 1].map((lane) => decodes.filter((_, index) => index % 2 === lane).reduce((sum, count) => sum + count, 0))

test('decodes are full and the lanes have the same to do, where there is enough', () => {
  expect(decodesOf(32, 14)).toEqual([5, 5, 5, 5, 6, 6])
  for (const inputs of [12, 20, 32, 64, 100, 512]) {
    const decodes = decodesOf(inputs, 14)
    expect(Math.min(...decodes) * 14).toBeGreaterThanOrEqual(64)
    const [left = 0, right = 0] = halves(decodes)
    expect(Math.abs(left - right)).toBeLessThanOrEqual(1)
  }
})

test('what does not fill a decode for each lane goes in small ones', () => {
  expect(decodesOf(1, 14)).toEqual([1])
  expect(decodesOf(2, 14)).toEqual([1, 1])
  expect(decodesOf(4, 14)).toEqual([2, 2])
  expect(decodesOf(8, 14)).toEqual([2, 2, 2, 2])
})
