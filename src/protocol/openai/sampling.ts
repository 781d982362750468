import { ServerError } from '../../core/errors.ts'
import type { GenerationRequest, SamplingOptions } from '../../core/generation.ts'
import type { GenerationDefaults } from '../../core/model.ts'
import { toGuards } from './repetition.ts'

/** The fields of chat and text completions that say how to generate, in their foreign spelling. */
export interface SamplingFields {
  readonly max_tokens?: number | null
  readonly temperature?: number | null
  readonly top_p?: number | null
  readonly top_k?: number | null
  readonly min_p?: number | null
  readonly seed?: number | null
  readonly stop?: string | readonly string[] | null
  readonly frequency_penalty?: number | null
  readonly presence_penalty?: number | null
  readonly logit_bias?: Readonly<Record<string, number>> | null
  readonly num_ctx?: number | null
  readonly repeat_penalty?: number | null
  readonly repetition_penalty?: number | null
  readonly repeat_last_n?: number | null
  readonly xtc_probability?: number | null
  readonly xtc_threshold?: number | null
  readonly dry_multiplier?: number | null
  readonly dry_base?: number | null
  readonly dry_allowed_length?: number | null
  readonly dry_penalty_last_n?: number | null
  readonly dry_sequence_breakers?: readonly string[] | null
}

/** 0 would keep no token at all; this keeps the likeliest alone, which is what OpenAI does with 0. */
const smallestTopP = 1e-6
/** More than any vocabulary has, and a number of 32 bits still. */
const largestTopK = 2 ** 31 - 1
/** llama.cpp reads this seed as "choose one". */
const reservedSeed = 0xff_ff_ff_ff

/**
 * Everything of a request but its prompt; what it leaves open is taken from the model's defaults. Throws
 * `invalid_parameter` for what no schema can say.
 */
export function toGenerationOptions(
  fields: SamplingFields,
  defaults: GenerationDefaults,
): Omit<GenerationRequest, 'prompt'> {
  const maxTokens = fields.max_tokens === -1 ? undefined : (fields.max_tokens ?? defaults.maxTokens)
  const stop = fields.stop ?? []
  return {
    stop: typeof stop === 'string' ? [stop] : stop,
    sampling: toSampling(fields, defaults),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(typeof fields.num_ctx === 'number' && { contextSize: fields.num_ctx }),
  }
}

function toSampling(fields: SamplingFields, defaults: GenerationDefaults): SamplingOptions {
  const seed = fields.seed ?? -1
  const bias = toLogitBias(fields.logit_bias ?? {})
  const { frequency_penalty: frequency = 0, presence_penalty: presence = 0 } = fields
  return {
    temperature: fields.temperature ?? defaults.temperature,
    topP: Math.max(fields.top_p ?? defaults.topP, smallestTopP),
    topK: Math.min(Math.max(fields.top_k ?? defaults.topK, 0), largestTopK),
    minP: fields.min_p ?? defaults.minP,
    ...(seed !== -1 && { seed: to32Bits(seed) }),
    ...(bias.length > 0 && { logitBias: bias }),
    ...(frequency && { frequencyPenalty: frequency }),
    ...(presence && { presencePenalty: presence }),
    ...toGuards(fields),
  }
}

function toLogitBias(bias: Readonly<Record<string, number>>): (readonly [token: number, bias: number])[] {
  return Object.entries(bias).map(([name, value]) => {
    const token = Number(name)
    if (/^\d{1,9}$/.test(name)) return [token, value]
    const problem = `'${name.slice(0, 32)}' is not a token id`
    throw new ServerError('invalid_parameter', { param: 'logit_bias', problem })
  })
}

/** Any whole number, however large, as 32 bits: clients send seeds of 53 and of 64 bits. */
function to32Bits(seed: number): number {
  const low = Number(BigInt.asUintN(32, BigInt(seed)))
  return low === reservedSeed ? reservedSeed - 1 : low
}

/** The same request for another one of several answers: with a seed of its own, or they would all be the same. */
export function withAnswerNumber(request: GenerationRequest, number: number): GenerationRequest {
  const { seed } = request.sampling
  if (seed === undefined || number === 0) return request
  return { ...request, sampling: { ...request.sampling, seed: to32Bits(seed + number) } }
}
