import { expect, test } from 'bun:test'
import { fromScores, toDocuments, toSimilarities } from './rerank.ts'

const head = { id: 'rerank-1', model: 'm', method: 'reranker' } as const
const documents = ['a', { text: 'b', title: 'B' }, 'c']
const rank = (more = {}) =>
  fromScores({ scores: [0.1, 3, 0.1], promptTokens: 9 }, { query: 'q', documents, ...more }, head)

test('the most relevant comes first, equals keep their order, and the counts stand in both places', () => {
  expect(rank()).toEqual({
    ...head,
    object: 'list',
    results: [
      { index: 1, relevance_score: 3 },
      { index: 0, relevance_score: 0.1 },
      { index: 2, relevance_score: 0.1 },
    ],
    usage: { prompt_tokens: 9, total_tokens: 9 },
    meta: { api_version: { version: '2' }, tokens: { input_tokens: 9 } },
  })
})

test('top_n cuts the list, and may be more than there are', () => {
  expect(rank({ top_n: 1 }).results.map(({ index }) => index)).toEqual([1])
  expect(rank({ top_n: 9 }).results.length).toBe(3)
})

test('documents are given back as they came', () => {
  expect(rank({ return_documents: true }).results.map(({ document }) => document as object)).toEqual([
    { text: 'b', title: 'B' },
    { text: 'a' },
    { text: 'c' },
  ])
  expect(toDocuments({ query: 'q', documents })).toEqual(['a', 'b', 'c'])
})

test('the cosine of vectors of length 1 is their product', () => {
  const vectors = [
    [0.6, 0.8],
    [0.6, 0.8],
    [0.8, -0.6],
  ].map((numbers) => Float32Array.from(numbers))
  const { scores, promptTokens } = toSimilarities({ vectors, promptTokens: 4 })
  expect(scores[0]).toBeCloseTo(1, 6)
  expect(scores[1]).toBeCloseTo(0, 6)
  expect(promptTokens).toBe(4)
})
