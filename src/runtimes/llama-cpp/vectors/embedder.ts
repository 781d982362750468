import { ServerError } from '../../../core/errors.ts'
import type { EmbeddingInput, EmbeddingOptions, EmbeddingResult } from '../../../core/generation.ts'
import { demandKnownTokens } from '../prompt/known-tokens.ts'
import type { Vocabulary } from '../vocabulary.ts'
import type { Vector, VectorContexts } from './vector-contexts.ts'

interface EmbedderOptions {
  readonly contexts: VectorContexts
  /** Tokens of one input. */
  readonly contextSize: number
  readonly vocabulary: Vocabulary
}

/** So long may the reading of inputs keep a context waiting: about as long as a short text takes to compute. */
const sliceMilliseconds = 3

/** Turns inputs into vectors of length 1. */
export class Embedder {
  readonly #options: EmbedderOptions

  constructor(options: EmbedderOptions) {
    this.#options = options
  }

  /** As `LoadedModel.embed`. */
  async embed(
    inputs: readonly EmbeddingInput[],
    options: EmbeddingOptions,
    signal: AbortSignal,
  ): Promise<EmbeddingResult> {
    const all = await this.#readAll(inputs, options, signal)
    const vectors = await this.#options.contexts.each(all, signal, toUnitLength)
    return { vectors, promptTokens: all.reduce((sum, tokens) => sum + tokens.length, 0) }
  }

  /** With pauses, so that the contexts go on with what others have waiting while many inputs are read. */
  async #readAll(
    inputs: readonly EmbeddingInput[],
    options: EmbeddingOptions,
    signal: AbortSignal,
  ): Promise<readonly (readonly number[])[]> {
    const all: (readonly number[])[] = []
    let since = performance.now()
    for (const [index, input] of inputs.entries()) {
      all.push(this.#read(input, inputs.length > 1 ? `input[${index}]` : 'input', options))
      if (performance.now() - since < sliceMilliseconds) continue
      await new Promise((resolve) => setImmediate(resolve))
      signal.throwIfAborted()
      since = performance.now()
    }
    return all
  }

  #read(input: EmbeddingInput, param: string, { truncates = false }: EmbeddingOptions): readonly number[] {
    const { vocabulary, contextSize: limit } = this.#options
    const given = typeof input === 'string' ? vocabulary.tokenize(input, { readSpecialTokens: false }) : input
    demandKnownTokens(given, vocabulary.size, param)
    const tokens = vocabulary.withEnds(given, { end: true })
    // Where the model adds nothing of its own, a text may have no token at all.
    if (tokens.length === 0) throw new ServerError('invalid_parameter', { param, problem: 'it has no tokens' })
    if (tokens.length <= limit) return tokens
    if (!truncates) throw new ServerError('context_length_exceeded', { param, limit, prompt: tokens.length })
    return vocabulary.withEnds(tokens.slice(0, limit - 1), { end: true })
  }
}

/** A vector of nothing but zeros has no direction and stays as it is. */
function toUnitLength(vector: Vector): Float32Array {
  let squares = 0
  // Of 32-bit floats: in 64 bits neither their squares nor the sum of them overflows.
  for (const value of vector) squares += value * value
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 1
  const unit = new Float32Array(vector.length)
  for (let index = 0; index < unit.length; index++) unit[index] = (vector[index] ?? 0) * scale
  return unit
}
