import type { TokenLogprob } from '../../core/generation.ts'
import type { TextLogprobs } from './completions.wire.ts'
import type { PromptText } from './whole-answer.ts'

type Chance = TokenLogprob | NonNullable<PromptText['logprobs']>[number]

/** Tells the chances of a text's tokens in the old shape of text completions, stretch by stretch. */
export class TextLogprobTeller {
  readonly #withTop: boolean
  /** Characters that have begun before the next token. */
  #offset = 0

  constructor(withTop: boolean) {
    this.#withTop = withTop
  }

  tell(tokens: readonly Chance[]): TextLogprobs {
    return {
      tokens: tokens.map(({ text }) => text),
      token_logprobs: tokens.map(({ logprob }) => logprob),
      top_logprobs: this.#withTop ? tokens.map(topOf) : null,
      text_offset: tokens.map((token) => {
        const offset = this.#offset
        this.#offset += token.bytes.filter(beginsCharacter).length
        return offset
      }),
    }
  }
}

/** In UTF-8 all bytes of a character but the first begin with the bits 10. */
const beginsCharacter = (byte: number) => (byte & 0xc0) !== 0x80

/** The likeliest, and the one that was taken where it is not one of them. */
function topOf({ text, logprob, top }: Chance): Record<string, number> | null {
  if (logprob === null) return null
  return { ...Object.fromEntries(top.map((chance) => [chance.text, chance.logprob])), [text]: logprob }
}

/** The mean logprob of an answer's tokens: what `best_of` chooses by. An answer without tokens has the worst. */
export function meanLogprob(tokens: readonly TokenLogprob[]): number {
  if (tokens.length === 0) return Number.NEGATIVE_INFINITY
  return tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length
}
