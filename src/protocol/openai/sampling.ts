import type { GenerationRequest, SamplingOptions } from '../../core/generation.ts'
import type { GenerationDefaults } from '../../core/model.ts'

/** The fields of chat and text completions that say how to generate, in OpenAI's spelling. */
export interface SamplingFields {
  readonly max_tokens?: number | null
  readonly temperature?: number | null
  readonly top_p?: number | null
  readonly top_k?: number | null
  readonly min_p?: number | null
  readonly seed?: number | null
  readonly stop?: string | readonly string[] | null
}

/** 0 would keep no token at all; this keeps the likeliest alone, which is what OpenAI does with 0. */
const smallestTopP = 1e-6
/** llama.cpp reads this seed as "choose one". */
const reservedSeed = 0xff_ff_ff_ff

/** Everything of a request but its prompt; what it leaves open is taken from the model's defaults. */
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
  }
}

function toSampling(fields: SamplingFields, defaults: GenerationDefaults): SamplingOptions {
  const seed = fields.seed ?? -1
  return {
    temperature: fields.temperature ?? defaults.temperature,
    topP: Math.max(fields.top_p ?? defaults.topP, smallestTopP),
    topK: fields.top_k ?? defaults.topK,
    minP: fields.min_p ?? defaults.minP,
    ...(seed !== -1 && { seed: to32Bits(seed) }),
  }
}

/** Any whole number, however large, as 32 bits: clients send seeds of 53 and of 64 bits. */
function to32Bits(seed: number): number {
  const low = Number(BigInt.asUintN(32, BigInt(seed)))
  return low === reservedSeed ? reservedSeed - 1 : low
}
