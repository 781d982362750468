import type { GenerationEvent } from './generation.ts'

/** The end of a generation that was aborted before any of its answer was there. */
export const abortedEnd = (promptTokens: number): GenerationEvent => ({
  type: 'generation-end',
  reason: 'aborted',
  usage: {
    promptTokens,
    cachedTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
    forcedTokens: 0,
    draftedTokens: 0,
    acceptedTokens: 0,
    promptMilliseconds: 0,
    generationMilliseconds: 0,
  },
})
