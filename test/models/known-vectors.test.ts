import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { realModels } from '../real-models.ts'
import known from './llama-server-vectors.json'
import { realEntry, realRuntime } from './real-runtime.ts'

const signal = new AbortController().signal

/**
 * What llama-server of the same release answers (`--embedding --pooling mean`), as base64 of 32-bit floats, for texts on
 * both sides of the length from which another kernel computes.
 */
const flashTokens = 64
/** Another order of the same sums shows in weights of 8 bits: either kernel is 0.9995 from what 32 bits give. */
const leastCosine = (tokens: number) => (tokens < flashTokens ? 0.9995 : 0.9999)

describe('vectors of a real model', () => {
  let model: LoadedModel
  beforeAll(async () => {
    const { embedding } = await realModels()
    model = await realRuntime().load(
      await realEntry({ path: embedding, kind: 'embedding', load: { contextSize: 'auto' } }),
      {
        signal,
      },
    )
  })
  afterAll(() => model?.[Symbol.asyncDispose]())

  test('are those of llama-server, for short texts and long ones, in one request', async () => {
    const texts = known.map(({ text }) => text)
    const result = await model.embed?.(texts, {}, signal)
    expect(result?.promptTokens).toBe(known.reduce((sum, { tokens }) => sum + tokens, 0))
    for (const [index, { tokens, vector }] of known.entries()) {
      const bytes = new Uint8Array(Buffer.from(vector, 'base64'))
      const cosine = dot(new Float32Array(bytes.buffer), result?.vectors[index] ?? new Float32Array())
      expect({ tokens, isClose: cosine > leastCosine(tokens) }).toEqual({ tokens, isClose: true })
    }
  })
})

const dot = (left: Float32Array, right: Float32Array) =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)
