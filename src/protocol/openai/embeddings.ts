import { Buffer } from 'node:buffer'
import { ServerError } from '../../core/errors.ts'
import type { EmbeddingInput, EmbeddingResult } from '../../core/generation.ts'
import type { EmbeddingReply, EmbeddingRequest } from './embeddings.wire.ts'

/** The inputs of an embedding request, one for each vector that it wants, in their order. */
export function toInputs(body: EmbeddingRequest): readonly EmbeddingInput[] {
  const { input } = body
  if (typeof input === 'string') return [input]
  const tokens = input.filter((item) => typeof item === 'number')
  return tokens.length > 0 ? [tokens] : input.filter((item) => typeof item !== 'number')
}

/** Throws `invalid_parameter` when more numbers are asked for than a vector of the model has. */
export function checkDimensions(body: EmbeddingRequest, embeddingSize: number): void {
  const { dimensions } = body
  if (typeof dimensions !== 'number' || dimensions <= embeddingSize) return
  const problem = `the vectors of this model have ${embeddingSize} numbers, found ${dimensions}`
  throw new ServerError('invalid_parameter', { param: 'dimensions', problem })
}

/**
 * Whether inputs are to be cut where they do not fit, and to how many tokens at the most. Throws `invalid_parameter` when
 * two parameters say two things.
 */
export function toCut(body: EmbeddingRequest): { readonly truncates: boolean; readonly most: number | undefined } {
  const { truncate, truncate_prompt_tokens: tokens } = body
  const isOff = truncate === false || truncate === 'NONE'
  if (isOff && typeof tokens === 'number')
    throw new ServerError('invalid_parameter', {
      param: 'truncate_prompt_tokens',
      problem: "'truncate' says that nothing is to be cut",
    })
  if (tokens === 0)
    throw new ServerError('invalid_parameter', { param: 'truncate_prompt_tokens', problem: 'nothing would be left' })
  const truncates = typeof tokens === 'number' || truncate === true || truncate === 'END'
  return { truncates, most: typeof tokens === 'number' && tokens > 0 ? tokens : undefined }
}

/** The answer to an embedding request, in the encoding and the length that it asks for. */
export function fromVectors(result: EmbeddingResult, body: EmbeddingRequest, model: string): EmbeddingReply {
  const { promptTokens } = result
  return {
    object: 'list',
    data: result.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encode(cut(vector, body.dimensions ?? vector.length), body.encoding_format ?? 'float'),
    })),
    model,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  }
}

/** The first numbers of a vector, scaled to length 1 (L2) again. */
function cut(vector: Float32Array, dimensions: number): Float32Array {
  if (dimensions >= vector.length) return vector
  const head = vector.slice(0, dimensions)
  const length = Math.hypot(...head)
  return length > 0 ? head.map((number) => number / length) : head
}

function encode(vector: Float32Array, format: 'float' | 'base64'): number[] | string {
  if (format === 'float') return Array.from(vector, shortened)
  const bytes = new DataView(new ArrayBuffer(vector.length * 4))
  for (let index = 0; index < vector.length; index++) bytes.setFloat32(index * 4, vector[index] ?? 0, true)
  return Buffer.from(bytes.buffer).toString('base64')
}

/**
 * A number with few decimals that is the same 32-bit float. In all the digits that 64 bits have for it, it would be about
 * twice as long.
 */
function shortened(value: number): number {
  for (const scale of [1e9, 1e11]) {
    const rounded = Math.round(value * scale) / scale
    if (Math.fround(rounded) === value) return rounded
  }
  return value
}
