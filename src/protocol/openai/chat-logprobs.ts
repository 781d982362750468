import type { TokenChance, TokenLogprob } from '../../core/generation.ts'
import type { ChatLogprobs } from './chat-answers.wire.ts'

/** Chances of tokens in the shape of chat completions. */
export const toChatLogprobs = (tokens: readonly TokenLogprob[]): ChatLogprobs => ({
  content: tokens.map((token) => ({ ...chance(token), top_logprobs: token.top.map(chance) })),
  refusal: null,
})

const chance = ({ text, logprob, bytes }: TokenChance) => ({ token: text, logprob, bytes: [...bytes] })
