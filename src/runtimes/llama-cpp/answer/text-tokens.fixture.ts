import { createConstrainer } from '../../../grammar/machine/constrainer.ts'
import { byteTable, type SmallToken } from '../../../grammar/machine/token-table.fixture.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { TextTokens } from './text-tokens.ts'

/** With the tokens that a grammar has of the vocabulary. */
export function textTokensOf(vocabulary: Vocabulary): TextTokens {
  const constrainer = createConstrainer(vocabulary)
  return new TextTokens(vocabulary, () => constrainer.sortedTokens)
}

/** A vocabulary of all bytes, an end (256) and more tokens, that is cut greedily, with what its tokenizer puts before a text. */
export function smallVocabulary(more: readonly SmallToken[] = [], puts = ''): Vocabulary {
  const table = byteTable(more)
  const plain = { ...table, tokenize: () => [] } as unknown as Vocabulary
  const greedy = textTokensOf(plain)
  const shownBytes = (token: number) => {
    const own = table.bytes(token)
    return own.length > 0 ? own : new TextEncoder().encode(table.specialText(token))
  }
  return {
    ...table,
    tokenize: (text: string) => greedy.cut(new TextEncoder().encode(puts + text)),
    shownBytes,
    textOf: (token: number) => new TextDecoder().decode(shownBytes(token)),
  } as unknown as Vocabulary
}
