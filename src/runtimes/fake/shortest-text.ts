import { Buffer } from 'node:buffer'
import type { Grammar } from '../../grammar/grammar.ts'
import { compileGrammar } from '../../grammar/machine/compile-grammar.ts'
import { createConstrainer } from '../../grammar/machine/constrainer.ts'

/** A vocabulary of single bytes. */
const bytes = createConstrainer({
  size: 257,
  bytes: (token) => (token < 256 ? Uint8Array.of(token) : new Uint8Array()),
  specialText: () => undefined,
  isEnd: (token) => token === 256,
})

/** A shortest text of a grammar: what a model that does not think answers. */
export function shortestText(grammar: Grammar): string {
  const constraint = bytes.begin(compileGrammar(grammar))
  const parts = constraint.shortestEnd().filter((part) => typeof part !== 'number')
  return Buffer.concat(parts).toString()
}
