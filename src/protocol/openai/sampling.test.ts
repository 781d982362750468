import { expect, test } from 'bun:test'
import { type SamplingFields, toGenerationOptions, withAnswerNumber } from './sampling.ts'

const defaults = { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 }
const read = (fields: SamplingFields) => toGenerationOptions(fields, defaults).sampling

test('top_p 0 keeps the likeliest token alone, and top_k -1 keeps all', () => {
  expect(read({ top_p: 0 }).topP).toBeGreaterThan(0)
  expect(read({ top_p: 0 }).topP).toBeLessThan(0.001)
  expect(read({ top_k: -1 }).topK).toBe(0)
  expect(read({ top_k: 2 ** 32 + 1 }).topK).toBe(2 ** 31 - 1)
})

test('any whole seed becomes 32 bits, always the same, and -1 is no seed', () => {
  expect(read({ seed: 2 ** 32 + 7 }).seed).toBe(7)
  expect(read({ seed: -2 }).seed).toBe(2 ** 32 - 2)
  expect(read({ seed: 1.5e300 }).seed).toBe(read({ seed: 1.5e300 }).seed)
  expect(read({ seed: -1 }).seed).toBeUndefined()
  expect(read({ seed: 2 ** 32 - 1 }).seed).toBe(2 ** 32 - 2)
})

test('each of several answers has a seed of its own, where there is one', () => {
  const request = { prompt: { type: 'text', text: '' }, stop: [], sampling: { ...defaults, seed: 5 } } as const
  expect([0, 1, 2].map((number) => withAnswerNumber(request, number).sampling.seed)).toEqual([5, 6, 7])
  expect(withAnswerNumber({ ...request, sampling: defaults }, 3).sampling).toEqual(defaults)
})

test('logit_bias names tokens by their ids', () => {
  expect(read({ logit_bias: { '5': -100, '50256': 1.5 } }).logitBias).toEqual([
    [5, -100],
    [50256, 1.5],
  ])
  expect(read({ logit_bias: {} }).logitBias).toBeUndefined()
  for (const name of ['hello', '-1', '1.5', '', '1e3', '99999999999'])
    expect(() => read({ logit_bias: { [name]: 1 } })).toThrow("Invalid value for 'logit_bias'")
})

test('penalties count where they are not 0', () => {
  expect(read({ frequency_penalty: 0, presence_penalty: null })).toEqual(defaults)
  expect(read({ frequency_penalty: -2, presence_penalty: 1.5 })).toMatchObject({
    frequencyPenalty: -2,
    presencePenalty: 1.5,
  })
})

test('repeat_penalty has two names and a range, and 1 is none', () => {
  expect(read({ repeat_penalty: 1 }).repeatPenalty).toBeUndefined()
  expect(read({ repeat_penalty: 1.3, repeat_last_n: 0 }).repeatPenalty).toBeUndefined()
  expect(read({ repeat_penalty: 1.3 }).repeatPenalty).toEqual({ penalty: 1.3, lastTokens: 64 })
  expect(read({ repetition_penalty: 1.1, repeat_last_n: -1 }).repeatPenalty).toEqual({ penalty: 1.1, lastTokens: -1 })
  expect(() => read({ repeat_penalty: 1.3, repetition_penalty: 1.2 })).toThrow('they are one parameter')
})

test('XTC and DRY have the defaults of llama-server', () => {
  expect(read({ xtc_probability: 0, xtc_threshold: 0.2, dry_multiplier: 0, dry_base: 2 })).toEqual(defaults)
  expect(read({ xtc_probability: 0.5 }).xtc).toEqual({ probability: 0.5, threshold: 0.1 })
  expect(read({ dry_multiplier: 0.8 }).dry).toEqual({
    multiplier: 0.8,
    base: 1.75,
    allowedLength: 2,
    lastTokens: -1,
    sequenceBreakers: ['\n', ':', '"', '*'],
  })
  expect(
    read({ dry_multiplier: 1, dry_base: 2, dry_allowed_length: 3, dry_penalty_last_n: 9, dry_sequence_breakers: ['x'] })
      .dry,
  ).toEqual({ multiplier: 1, base: 2, allowedLength: 3, lastTokens: 9, sequenceBreakers: ['x'] })
  expect(read({ dry_multiplier: 1, dry_penalty_last_n: 0 }).dry).toBeUndefined()
})
