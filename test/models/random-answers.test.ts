import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { randomCalls, randomFormats } from '../../scripts/prove/random-answers.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { realModels } from '../real-models.ts'
import { realEntry, realRuntime } from './real-runtime.ts'

// The long form, 200 of each, is `npm run prove`.
describe('at temperature 1.5, whatever the schema', () => {
  let model: LoadedModel
  beforeAll(async () => {
    const entry = await realEntry({ path: (await realModels()).chat, kind: 'chat', load: { contextSize: 2048 } })
    model = await realRuntime().load(entry, { signal: new AbortController().signal })
  })
  afterAll(async () => {
    await model?.[Symbol.asyncDispose]()
  })

  test('every answer in a format validates, also when it is closed by force', async () => {
    const { valid, closed, problems } = await randomFormats({ model, count: 24, seed: 7, maxTokens: 80 })
    expect(problems).toEqual([])
    expect(valid).toBeGreaterThanOrEqual(24)
    expect(closed).toBeGreaterThan(0)
  }, 120_000)

  test('every forced call validates', async () => {
    const { valid, problems } = await randomCalls({ model, count: 16, seed: 7, maxTokens: 100 })
    expect(problems).toEqual([])
    expect(valid).toBeGreaterThanOrEqual(16)
  }, 120_000)
})
