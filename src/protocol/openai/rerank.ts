import type { EmbeddingResult, RerankResult } from '../../core/generation.ts'
import type { RerankReply, RerankRequest } from './rerank.wire.ts'
import { theOne } from './the-one.ts'

/** The texts that are to be ranked, in their order. */
export const toDocuments = ({ documents }: RerankRequest): readonly string[] =>
  documents.map((document) => (typeof document === 'string' ? document : document.text))

/** Whether documents are cut where they do not fit. Throws `invalid_parameter` when its two names say two things. */
export const toTruncates = ({ truncate, truncation }: RerankRequest): boolean =>
  theOne({ truncate, truncation })?.value ?? false

/** How alike the first vector and each of the others are: their cosine, since all have the length 1. */
export function toSimilarities({ vectors, promptTokens }: EmbeddingResult): RerankResult {
  const [query, ...documents] = vectors
  const product = (vector: Float32Array) => vector.reduce((sum, value, at) => sum + value * (query?.[at] ?? 0), 0)
  // Rounding makes a little more of it than a cosine can be.
  return { scores: documents.map((vector) => Math.max(-1, Math.min(1, product(vector)))), promptTokens }
}

/** The answer to a request for ranking: the most relevant first, equals in the order of the request. */
export function fromScores(
  { scores, promptTokens }: RerankResult,
  body: RerankRequest,
  head: Pick<RerankReply, 'id' | 'model' | 'method'>,
): RerankReply {
  const ranked = [...scores.entries()].sort(([, left], [, right]) => right - left)
  return {
    id: head.id,
    object: 'list',
    model: head.model,
    method: head.method,
    results: ranked.slice(0, body.top_n ?? ranked.length).map(([index, score]) => ({
      index,
      relevance_score: score,
      ...(body.return_documents && { document: toObject(body.documents[index]) }),
    })),
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    meta: { api_version: { version: '2' }, tokens: { input_tokens: promptTokens } },
  }
}

const toObject = (document: RerankRequest['documents'][number] = '') =>
  typeof document === 'string' ? { text: document } : document
