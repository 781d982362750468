import { ServerError } from '../../core/errors.ts'
import type { EmbeddingInput, EmbeddingOptions, EmbeddingResult } from '../../core/generation.ts'
import type { AddonContext } from './addon.ts'
import { demandKnownTokens } from './prompt/known-tokens.ts'
import type { Vocabulary } from './vocabulary.ts'

interface EmbedderOptions {
  /** Each embeds one input at a time: the addon reads the vector of its first sequence only. */
  readonly contexts: readonly AddonContext[]
  /** Tokens of one input. */
  readonly contextSize: number
  readonly vocabulary: Vocabulary
}

/**
 * Turns inputs into vectors of length 1, over as many contexts as there are cores: for models as small as these, one
 * thread each on many inputs is faster than many threads on one.
 */
export class Embedder {
  readonly #options: EmbedderOptions
  readonly #idle: AddonContext[]
  readonly #waiting: ((context: AddonContext) => void)[] = []

  constructor(options: EmbedderOptions) {
    this.#options = options
    this.#idle = [...options.contexts]
  }

  /** As `LoadedModel.embed`. */
  async embed(
    inputs: readonly EmbeddingInput[],
    options: EmbeddingOptions,
    signal: AbortSignal,
  ): Promise<EmbeddingResult> {
    const all = inputs.map((input, index) => {
      const param = inputs.length > 1 ? `input[${index}]` : 'input'
      return this.#read(input, param, options)
    })
    const vectors: Float32Array[] = new Array(all.length)
    let next = 0
    const work = async () => {
      while (next < all.length) {
        const index = next++
        vectors[index] = await this.#embedOne(all[index] ?? [], signal)
      }
    }
    await Promise.all(this.#options.contexts.map(work))
    return { vectors, promptTokens: all.reduce((sum, tokens) => sum + tokens.length, 0) }
  }

  #read(input: EmbeddingInput, param: string, { truncates = false }: EmbeddingOptions): number[] {
    const { vocabulary, contextSize: limit } = this.#options
    const given = typeof input === 'string' ? vocabulary.tokenize(input, { readSpecialTokens: false }) : input
    demandKnownTokens(given, vocabulary.size, param)
    const tokens = vocabulary.withEnds(given, { end: true })
    // Where the model adds nothing of its own, a text may have no token at all.
    if (tokens.length === 0) throw new ServerError('invalid_parameter', { param, problem: 'it has no tokens' })
    if (tokens.length > limit && truncates) return vocabulary.withEnds(tokens.slice(0, limit - 1), { end: true })
    if (tokens.length > limit) throw new ServerError('context_length_exceeded', { param, limit, prompt: tokens.length })
    return tokens
  }

  async #embedOne(tokens: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    signal.throwIfAborted()
    const context = this.#idle.pop() ?? (await new Promise<AddonContext>((resolve) => this.#waiting.push(resolve)))
    try {
      signal.throwIfAborted()
      context.disposeSequence(0)
      context.initBatch(tokens.length)
      const every = Uint32Array.from(tokens, (_, index) => index)
      context.addToBatch(0, 0, Uint32Array.from(tokens), every)
      await context.decodeBatch()
      return toUnitLength(context.getEmbedding(tokens.length))
    } finally {
      const waiter = this.#waiting.shift()
      if (waiter) waiter(context)
      else this.#idle.push(context)
    }
  }
}

/** A vector of nothing but zeros has no direction and stays as it is. */
function toUnitLength(vector: Float64Array): Float32Array {
  const length = Math.hypot(...vector)
  return Float32Array.from(vector, (value) => (length > 0 ? value / length : value))
}
