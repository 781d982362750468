import type { GenerationDefaults } from '../../core/model.ts'
import type { Params, SetParamsRequest } from './params.wire.ts'

export const fromDefaults = (model: string | null, defaults: GenerationDefaults): Params => ({
  model,
  max_tokens: defaults.maxTokens ?? null,
  temperature: defaults.temperature,
  top_p: defaults.topP,
  top_k: defaults.topK,
  min_p: defaults.minP,
})

/** What is said of each value; null where it is to be as configured again. */
export type DefaultsChange = { readonly [Name in keyof GenerationDefaults]?: GenerationDefaults[Name] | null }

export function toDefaultsChange({ max_tokens, temperature, top_p, top_k, min_p }: SetParamsRequest): DefaultsChange {
  return {
    ...(max_tokens !== undefined && { maxTokens: max_tokens }),
    ...(temperature !== undefined && { temperature }),
    ...(top_p !== undefined && { topP: top_p }),
    ...(top_k !== undefined && { topK: top_k }),
    ...(min_p !== undefined && { minP: min_p }),
  }
}
