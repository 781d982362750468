import { expect, test } from 'bun:test'
import { ServerError } from '../../../core/errors.ts'
import type { AddonContext } from '../addon.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { Embedder } from './embedder.ts'
import { VectorContexts } from './vector-contexts.ts'

const never = new AbortController().signal

/** Answers as many numbers as an input has tokens. */
function countingContext(): AddonContext {
  let numbers = 0
  const context = {
    disposeSequence() {},
    initBatch: (tokens: number) => {
      numbers = tokens
    },
    addToBatch: (_sequence: number, _first: number, tokens: Uint32Array) => tokens,
    decodeBatch: async () => {},
    getEmbedding: () => new Float64Array(numbers).fill(3),
  }
  return context as unknown as AddonContext
}

/** A token a character. */
function embedderWith(tokenize: (text: string) => number[] = (text) => [...text].map(() => 1)): Embedder {
  const vocabulary = {
    size: 10,
    tokenize,
    withEnds: (tokens: readonly number[]) => [...tokens],
  } as unknown as Vocabulary
  return new Embedder({ contexts: new VectorContexts([{ any: countingContext() }]), contextSize: 8, vocabulary })
}

test('vectors have length 1, in the order of the inputs, and the tokens are counted', async () => {
  const { vectors, promptTokens } = await embedderWith().embed(['a', 'aaaa', [1, 2]], {}, never)
  expect(vectors.map((vector) => [...vector])).toEqual([
    [1],
    [0.5, 0.5, 0.5, 0.5],
    [Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)],
  ])
  expect(promptTokens).toBe(7)
})

test('an input that does not fit is refused by its place before any is computed, or cut', async () => {
  const refused = await embedderWith()
    .embed(['a', 'a'.repeat(9)], {}, never)
    .catch((error: ServerError) => error)
  expect(refused).toBeInstanceOf(ServerError)
  expect((refused as ServerError).param).toBe('input[1]')
  const { vectors } = await embedderWith().embed(['a', 'a'.repeat(9)], { truncates: true }, never)
  expect(vectors[1]?.length).toBe(7)
})

test('others get their turn while many inputs are read, and an abort ends the reading', async () => {
  let read = 0
  const controller = new AbortController()
  const slow = (text: string) => {
    read++
    const until = performance.now() + 1
    while (performance.now() < until);
    return [...text].map(() => 1)
  }
  setImmediate(() => controller.abort(new Error('gone')))
  const result = embedderWith(slow).embed(Array(1000).fill('a'), {}, controller.signal)
  expect(await result.catch((error: Error) => error.message)).toBe('gone')
  expect(read).toBeLessThan(1000)
})
