import { createHash } from 'node:crypto'
import { ServerError } from '../../core/errors.ts'
import type { EmbeddingInput, EmbeddingResult } from '../../core/generation.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { FakeOptions } from './fake-runtime.ts'
import { countTokens } from './fake-tokens.ts'

export interface FakeEmbedding {
  readonly model: ModelEntry
  readonly options: FakeOptions
  readonly contextSize: number
  readonly embeddingSize: number
  readonly inputs: readonly EmbeddingInput[]
  readonly signal: AbortSignal
}

/** Vectors of length 1 that are the same for the same input, always and everywhere, and mean nothing. */
export async function fakeEmbed(call: FakeEmbedding): Promise<EmbeddingResult> {
  const { inputs, signal, options } = call
  options.onSignal?.(signal)
  signal.throwIfAborted()
  const counts = inputs.map((input) => (typeof input === 'string' ? countTokens(input) : input.length))
  const tooLong = counts.findIndex((count) => count > call.contextSize)
  if (tooLong >= 0) {
    const param = inputs.length > 1 ? `input[${tooLong}]` : 'input'
    throw new ServerError('context_length_exceeded', { param, limit: call.contextSize, prompt: counts[tooLong] ?? 0 })
  }
  if (options.gate) {
    const gone = Promise.withResolvers<never>()
    const leave = () => gone.reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    await Promise.race([options.gate({ model: call.model, tokensOut: 0, signal }), gone.promise]).finally(() =>
      signal.removeEventListener('abort', leave),
    )
  }
  return {
    vectors: inputs.map((input) => vectorOf(input, call.embeddingSize)),
    promptTokens: counts.reduce((sum, count) => sum + count, 0),
  }
}

function vectorOf(input: EmbeddingInput, size: number): Float32Array {
  const text = typeof input === 'string' ? input : input.join(' ')
  const numbers = Float32Array.from({ length: size }, (_, place) => {
    const hash = createHash('sha256').update(`${place}:${text}`).digest()
    return hash.readInt32LE() / 2 ** 31
  })
  const length = Math.hypot(...numbers)
  return numbers.map((number) => number / length)
}
