import { describe, expect, test } from 'bun:test'
import { addedBias, bansOf, joined, requestBiases } from './logit-biases.ts'

describe('the bans of a mask', () => {
  test('are the tokens that it lacks, and no others', () => {
    for (let round = 0; round < 300; round++) {
      const size = 1 + Math.floor(Math.random() * 200)
      const mask = new Uint32Array(Math.ceil(size / 32))
      const density = Math.random()
      const banned: number[] = []
      for (let token = 0; token < size; token++) {
        if (Math.random() < density) mask[token >>> 5] = (mask[token >>> 5] ?? 0) | (1 << (token & 31))
        else banned.push(token)
      }
      const { tokens, values } = bansOf(mask, size)
      expect([...tokens]).toEqual(banned)
      expect([...values]).toEqual(banned.map(() => Number.NEGATIVE_INFINITY))
    }
  })

  test('take the same memory however many masks there are', () => {
    const size = 150_000
    const masks = Array.from({ length: 400 }, () => new Uint32Array(Math.ceil(size / 32)))
    Bun.gc(true)
    const before = process.memoryUsage().rss
    for (const mask of masks) bansOf(mask, size)
    Bun.gc(true)
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
    expect(masks.length).toBe(400)
  })

  test('hold against a wish to take the token before all others', () => {
    const bans = bansOf(Uint32Array.of(0b10), 3)
    const { tokens, values } = joined(bans, { tokens: Uint32Array.of(2), values: Float32Array.of(addedBias(100)) })
    const sums = new Map<number, number>()
    for (const [index, token] of tokens.entries()) sums.set(token, (sums.get(token) ?? 0) + (values[index] ?? 0))
    expect([...sums]).toEqual([
      [0, Number.NEGATIVE_INFINITY],
      [2, Number.NEGATIVE_INFINITY],
    ])
  })
})

test('penalties lift no ban, and push away no token that is to come before all others', () => {
  const sampling = { temperature: 1, topP: 1, topK: 0, minP: 0, frequencyPenalty: -2, presencePenalty: 1 }
  const counts = new Map([
    [1, 1e6],
    [2, 1e6],
    [3, 4],
  ])
  const biases = requestBiases(
    {
      ...sampling,
      logitBias: [
        [1, -100],
        [2, 100],
      ],
    },
    counts,
  )
  expect([...biases]).toEqual([
    [1, Number.NEGATIVE_INFINITY],
    [2, addedBias(100)],
    [3, 7],
  ])
})
