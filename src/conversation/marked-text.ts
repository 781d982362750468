import { sequence, special, text } from '../grammar/expressions.ts'
import type { Expression } from '../grammar/grammar.ts'

/** A text of marks and words: each mark is a control token, or plain text where the vocabulary has no such token. */
export function markedText(value: string): Expression {
  const parts = value.split(/(<[^<>\s]+>|\[\/?[A-Z_]+\])/).filter((part) => part !== '')
  return sequence(...parts.map((part) => (/^[<[]./.test(part) ? special(part) : text(part))))
}
