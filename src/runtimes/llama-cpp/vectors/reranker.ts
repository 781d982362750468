import { ServerError } from '../../../core/errors.ts'
import type { EmbeddingOptions, RerankResult } from '../../../core/generation.ts'
import { readStretches } from '../prompt/read-stretches.ts'
import type { Vocabulary } from '../vocabulary.ts'
import type { VectorContexts } from './vector-contexts.ts'

interface RerankerOptions {
  readonly contexts: VectorContexts
  /** Tokens of one pair. */
  readonly contextSize: number
  readonly vocabulary: Vocabulary
  /** How the model is asked, with `{query}` and `{document}` in it; absent: the two, one after the other. */
  readonly template?: string | undefined
}

/** A pair as the model reads it: what ends with the document, and what must follow. */
interface Pair {
  readonly head: readonly number[]
  readonly tail: readonly number[]
  /** Tokens of the head before the document begins, or a few more. */
  readonly needed: number
}

/** Says how relevant documents are, with a model that reads query and document together. */
export class Reranker {
  readonly #options: RerankerOptions

  constructor(options: RerankerOptions) {
    this.#options = options
  }

  /** As `LoadedModel.rerank`. */
  async rerank(
    { query, documents, truncates = false }: { query: string; documents: readonly string[] } & EmbeddingOptions,
    signal: AbortSignal,
  ): Promise<RerankResult> {
    const limit = this.#options.contextSize
    const pairs = documents.map((document, index) => {
      const { head, tail, needed } = this.#pair(query, document)
      const length = head.length + tail.length
      if (length <= limit) return [...head, ...tail]
      const param = needed + tail.length < limit ? `documents[${index}]` : 'query'
      if (!truncates || param === 'query')
        throw new ServerError('context_length_exceeded', { param, limit, prompt: length })
      return [...head.slice(0, limit - tail.length), ...tail]
    })
    const scores = await this.#options.contexts.each(pairs, signal, ([score = 0]) => score)
    return { scores, promptTokens: pairs.reduce((sum, tokens) => sum + tokens.length, 0) }
  }

  #pair(query: string, document: string): Pair {
    const { template, vocabulary } = this.#options
    if (template === undefined) {
      const read = (text: string) => vocabulary.tokenize(text, { readSpecialTokens: false })
      const { begin, between, end } = vocabulary.pairMarks
      const before = [...begin, ...read(query), ...between]
      return { head: [...before, ...read(document)], tail: end, needed: before.length }
    }
    const { controls } = vocabulary
    const read = (text: string) => readStretches(text, vocabulary)
    const [before = '', after = ''] = template
      .split('{document}', 2)
      .map((part) => part.replaceAll('{query}', () => controls.disguise(query)))
    return { head: read(before + controls.disguise(document)), tail: read(after), needed: read(before).length }
  }
}
