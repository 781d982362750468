import type { LoadedModel } from '../../../core/runtime.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { demandKnownTokens } from './known-tokens.ts'

/**
 * What a model's vocabulary does alone, as `LoadedModel` has it. `between` does the work when it may be done: JavaScript
 * that runs while a decode does takes a core from it.
 */
export function textCalls(
  vocabulary: Vocabulary,
  between: <T>(work: () => T) => Promise<T>,
): Pick<LoadedModel, 'tokenize' | 'detokenize'> {
  return {
    tokenize: (text, { addsSpecial, readsSpecial }, signal) =>
      between(() => {
        signal.throwIfAborted()
        const inner = vocabulary.tokenize(text, { readSpecialTokens: readsSpecial })
        const tokens = addsSpecial ? vocabulary.withEnds(inner, { end: true }) : inner
        return tokens.map((token) => ({ token, bytes: [...vocabulary.bytes(token)] }))
      }),
    detokenize: (tokens, signal) =>
      between(() => {
        signal.throwIfAborted()
        demandKnownTokens(tokens, vocabulary.size, 'tokens')
        return vocabulary.detokenize(tokens)
      }),
  }
}
