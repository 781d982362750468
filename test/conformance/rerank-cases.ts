import { expect, test } from 'bun:test'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { failure, never } from './generate.ts'

export function rerankCases(model: () => LoadedModel) {
  const query = 'a cat'
  const documents = ['the cat sat on a cat', 'trains run on rails', 'a dog']

  test('scores every document, in order, and each as it is alone', async () => {
    const together = await model().rerank?.({ query, documents }, never())
    expect(together?.scores.length).toBe(3)
    expect(together?.promptTokens).toBeGreaterThan(3)
    for (const [index, document] of documents.entries()) {
      const alone = await model().rerank?.({ query, documents: [document] }, never())
      expect(alone?.scores[0]).toBeCloseTo(together?.scores[index] ?? Number.NaN, 4)
    }
  })

  test('refuses a document that does not fit, unless it may be cut', async () => {
    const long = 'word '.repeat(5000)
    const call = { query, documents: ['short', long] }
    const error = await failure(model().rerank?.(call, never()) ?? Promise.resolve())
    expect(error).toMatchObject({ code: 'context_length_exceeded', param: 'documents[1]' })
    expect((await model().rerank?.({ ...call, truncates: true }, never()))?.scores.length).toBe(2)
  })

  test('an aborted ranking rejects with the reason', async () => {
    const aborted = model().rerank?.({ query, documents }, AbortSignal.abort(new Error('gone'))) ?? Promise.resolve()
    expect((await failure(aborted)).message).toBe('gone')
  })
}
