import { expect, test } from 'bun:test'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { failure, never } from './generate.ts'

export function embeddingCases(model: () => LoadedModel) {
  test('embeds in order, with vectors of length 1', async () => {
    const texts = ['a cat', 'a dog', 'a house by the sea']
    const together = await model().embed?.(texts, {}, never())
    expect(together?.vectors.length).toBe(3)
    for (const [index, vector] of together?.vectors.entries() ?? []) {
      expect(vector.length).toBe(model().facts.embeddingSize ?? 0)
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
      const alone = await model().embed?.([texts[index] ?? ''], {}, never())
      expect(alone?.vectors[0]?.[0]).toBeCloseTo(vector[0] ?? 0, 5)
    }
    expect(together?.promptTokens).toBeGreaterThan(3)
  })

  test('refuses an input that does not fit, and says which', async () => {
    const error = await failure(model().embed?.(['short', 'word '.repeat(5000)], {}, never()) ?? Promise.resolve())
    expect(error.code).toBe('context_length_exceeded')
    expect(error.param).toBe('input[1]')
  })

  test('an aborted embedding rejects with the reason', async () => {
    const aborted = model().embed?.(['a cat'], {}, AbortSignal.abort(new Error('gone'))) ?? Promise.resolve()
    expect((await failure(aborted)).message).toBe('gone')
  })
}
