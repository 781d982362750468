import type { SamplingOptions } from '../../core/generation.ts'
import type { SamplingFields } from './sampling.ts'
import { theOne } from './the-one.ts'

/** The defaults of llama-server, whose names these are. */
const defaults = {
  lastTokens: 64,
  xtcThreshold: 0.1,
  dryBase: 1.75,
  dryAllowedLength: 2,
  drySequenceBreakers: ['\n', ':', '"', '*'],
} as const

/** What keeps a model from saying the same again: only what has an effect. Throws `invalid_parameter`. */
export function toGuards(fields: SamplingFields): Pick<SamplingOptions, 'repeatPenalty' | 'xtc' | 'dry'> {
  const { repeat_penalty: first, repetition_penalty: second } = fields
  const penalty = theOne({ repeat_penalty: first, repetition_penalty: second })?.value ?? 1
  const lastTokens = fields.repeat_last_n ?? defaults.lastTokens
  const probability = fields.xtc_probability ?? 0
  const multiplier = fields.dry_multiplier ?? 0
  const dryTokens = fields.dry_penalty_last_n ?? -1
  return {
    ...(penalty !== 1 && lastTokens !== 0 && { repeatPenalty: { penalty, lastTokens } }),
    ...(probability > 0 && { xtc: { probability, threshold: fields.xtc_threshold ?? defaults.xtcThreshold } }),
    ...(multiplier > 0 &&
      dryTokens !== 0 && {
        dry: {
          multiplier,
          base: fields.dry_base ?? defaults.dryBase,
          allowedLength: fields.dry_allowed_length ?? defaults.dryAllowedLength,
          lastTokens: dryTokens,
          sequenceBreakers: fields.dry_sequence_breakers ?? defaults.drySequenceBreakers,
        },
      }),
  }
}
