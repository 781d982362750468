import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { kindOf } from '../../src/models/model-kind.ts'
import { realModels } from '../real-models.ts'
import { writeWith } from './gguf-surgery.ts'
import { realEntry, realRuntime } from './real-runtime.ts'

const signal = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'hearth-reranker-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const size = 384
/** Numbers between -1 and 1 that are the same each time (a linear congruential generator). */
function seeded(count: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  })
}
/** So large that only the sign of each row's sum counts: the length of the vector that it reads has no effect. */
const dense = seeded(size * size, 1).map((value) => value * 1e5)
const output = seeded(size, 3)

/** The MiniLM model with a classifier of random numbers behind the vector of its first token. */
async function writeModels() {
  const { embedding } = await realModels()
  const pooling = { cls: 2, rank: 4 }
  const ranking = join(folder, 'ranking.gguf')
  writeWith(embedding, ranking, {
    values: { 'bert.pooling_type': pooling.rank, 'bert.classifier.output_labels': ['relevance'] },
    tensors: [
      { name: 'cls.weight', sizes: [size, size], data: dense },
      { name: 'cls.bias', sizes: [size], data: new Float32Array(size) },
      { name: 'cls.output.weight', sizes: [size, 1], data: output },
      { name: 'cls.output.bias', sizes: [1], data: Float32Array.of(0.25) },
    ],
  })
  // The same model without the classifier: what it answers is the first token's vector, of length 1.
  const first = join(folder, 'first.gguf')
  writeWith(embedding, first, { values: { 'bert.pooling_type': pooling.cls } })
  return { ranking, first }
}

describe('a model that ranks', () => {
  let model: LoadedModel
  let first: LoadedModel
  beforeAll(async () => {
    const paths = await writeModels()
    const entry = await realEntry({ path: paths.ranking, kind: 'reranker', load: { contextSize: 'auto' } })
    expect(kindOf(entry.header)).toBe('reranker')
    model = await realRuntime().load(entry, { signal })
    const plain = await realEntry({ path: paths.first, kind: 'embedding', load: { contextSize: 'auto' } })
    first = await realRuntime().load(plain, { signal })
  })
  afterAll(async () => {
    await model?.[Symbol.asyncDispose]()
    await first?.[Symbol.asyncDispose]()
  })
  const query = 'Which animal purrs?'
  const documents = ['Cats purr when they are content.', 'Trains run on rails.', '']

  test('scores each document as its classifier does with the pair of both', async () => {
    const result = await model.rerank?.({ query, documents }, signal)
    expect(result?.scores.length).toBe(3)
    const [separator] = (await tokens(model, 'a', true)).slice(-1)
    for (const [index, document] of documents.entries()) {
      const pair = [...(await tokens(model, query, true)), ...(await tokens(model, document, false)), separator ?? 0]
      const vector = (await first.embed?.([pair], {}, signal))?.vectors[0] ?? new Float32Array(size)
      expect(result?.scores[index]).toBeCloseTo(classify(vector), 2)
    }
    expect(new Set(result?.scores).size).toBe(3)
  })

  test('says the same alone as among others, and counts its tokens', async () => {
    const all = await model.rerank?.({ query, documents }, signal)
    const alone = await model.rerank?.({ query, documents: [documents[1] ?? ''] }, signal)
    expect(alone?.scores[0]).toBeCloseTo(all?.scores[1] ?? 0, 4)
    const pair = [...(await tokens(model, query, true)), ...(await tokens(model, documents[1] ?? '', false)), 0]
    expect(alone?.promptTokens).toBe(pair.length)
  })

  test('refuses a document that does not fit, by its place, and cuts it where it may', async () => {
    const long = 'purr '.repeat(2000)
    const refused = model.rerank?.({ query, documents: ['short', long] }, signal)
    expect(await refused?.catch((error) => error)).toMatchObject({
      code: 'context_length_exceeded',
      facts: { param: 'documents[1]', limit: model.facts.contextSize },
    })
    const cut = await model.rerank?.({ query, documents: [long], truncates: true }, signal)
    expect(cut?.promptTokens).toBe(model.facts.contextSize)
    const noRoom = model.rerank?.({ query: long, documents: ['a'], truncates: true }, signal)
    expect(await noRoom?.catch((error) => error)).toMatchObject({ facts: { param: 'query' } })
  })

  test('cannot embed, and rejects with the reason once it is aborted', async () => {
    expect(model.embed).toBeUndefined()
    const gone = model.rerank?.({ query, documents }, AbortSignal.abort(new Error('gone')))
    expect(await gone?.catch((error) => error.message)).toBe('gone')
  })
})

const tokens = async (model: LoadedModel, text: string, addsSpecial: boolean) =>
  (await model.tokenize(text, { addsSpecial, readsSpecial: false }, signal)).map(({ token }) => token)

/** tanh(W v) · w + 0.25 */
function classify(vector: Float32Array): number {
  let score = 0.25
  for (let row = 0; row < size; row++) {
    let sum = 0
    for (let column = 0; column < size; column++) sum += (dense[row * size + column] ?? 0) * (vector[column] ?? 0)
    score += Math.tanh(sum) * (output[row] ?? 0)
  }
  return score
}
