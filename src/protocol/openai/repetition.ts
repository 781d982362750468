import { ServerError } from '../../core/errors.ts'
import type { SamplingOptions } from '../../core/generation.ts'
import type { SamplingFields } from './sampling.ts'

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
  const penalty = repeatPenaltyOf(fields)
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

function repeatPenaltyOf({ repeat_penalty: first, repetition_penalty: second }: SamplingFields): number {
  if (typeof first === 'number' && typeof second === 'number' && first !== second) {
    const problem = `it says ${second}, and 'repeat_penalty' says ${first}; they are one parameter`
    throw new ServerError('invalid_parameter', { param: 'repetition_penalty', problem })
  }
  return first ?? second ?? 1
}
