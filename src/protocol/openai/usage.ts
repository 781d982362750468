import type { Static } from '@sinclair/typebox'
import { Bug, ServerError } from '../../core/errors.ts'
import type { FinishReason, Usage } from '../../core/generation.ts'
import type { Timings as TimingsWire, Usage as UsageWire } from './usage.wire.ts'

/** What one answer says of itself beside its text; the same for every choice and every chunk of it. */
export interface AnswerHead {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  /** The id of the model that answers. */
  readonly model: string
  /** Which program answers, in which version. */
  readonly fingerprint: string
}

/** Token counts as OpenAI gives them; what was drafted and not accepted was rejected. */
export function toUsage(usage: Usage): Static<typeof UsageWire> {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      accepted_prediction_tokens: usage.acceptedTokens,
      rejected_prediction_tokens: usage.draftedTokens - usage.acceptedTokens,
    },
  }
}

/** How long the parts took, in llama-server's spelling. */
export function toTimings(usage: Usage): Static<typeof TimingsWire> {
  const seconds = usage.generationMilliseconds / 1000
  return {
    prompt_ms: usage.promptMilliseconds,
    predicted_ms: usage.generationMilliseconds,
    predicted_per_second: seconds > 0 ? usage.completionTokens / seconds : 0,
    forced_n: usage.forcedTokens,
    draft_n: usage.draftedTokens,
    draft_n_accepted: usage.acceptedTokens,
  }
}

/** The counts of several prompts of one request, together. */
export function addUsage(parts: readonly Usage[]): Usage {
  return add(parts, (sum, next) => ({
    ...addGenerated(sum, next),
    promptTokens: sum.promptTokens + next.promptTokens,
    cachedTokens: sum.cachedTokens + next.cachedTokens,
    promptMilliseconds: sum.promptMilliseconds + next.promptMilliseconds,
  }))
}

/** The counts of several answers to one prompt: the prompt counts once, as OpenAI does it. */
export function addChoices(parts: readonly Usage[]): Usage {
  return add(parts, addGenerated)
}

const addGenerated = (sum: Usage, next: Usage): Usage => ({
  ...sum,
  completionTokens: sum.completionTokens + next.completionTokens,
  reasoningTokens: sum.reasoningTokens + next.reasoningTokens,
  forcedTokens: sum.forcedTokens + next.forcedTokens,
  draftedTokens: sum.draftedTokens + next.draftedTokens,
  acceptedTokens: sum.acceptedTokens + next.acceptedTokens,
  generationMilliseconds: sum.generationMilliseconds + next.generationMilliseconds,
})

function add(parts: readonly Usage[], sum: (sum: Usage, next: Usage) => Usage): Usage {
  const [first, ...others] = parts
  if (!first) throw new Bug('An answer without a generation.')
  return others.reduce(sum, first)
}

/** Throws `request_cancelled` for an aborted generation: it has nobody left to read it. */
export function toFinishReason(reason: FinishReason): 'stop' | 'length' | 'tool_calls' {
  if (reason === 'aborted') throw new ServerError('request_cancelled', {})
  return reason === 'tool-calls' ? 'tool_calls' : reason
}
