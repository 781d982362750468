import { Buffer } from 'node:buffer'
import { parseGbnf } from '../../grammar/gbnf.ts'
import { compileGrammar } from '../../grammar/machine/compile-grammar.ts'
import { createConstrainer } from '../../grammar/machine/constrainer.ts'

/** A vocabulary of single bytes. */
const bytes = createConstrainer({
  size: 257,
  bytes: (token) => (token < 256 ? Uint8Array.of(token) : new Uint8Array()),
  specialText: () => undefined,
  isEnd: (token) => token === 256,
})

/** A shortest text of a grammar in GBNF: what a model that does not think answers. Throws `GrammarProblem`. */
export function shortestText(grammar: string): string {
  const constraint = bytes.begin(compileGrammar(parseGbnf(grammar)))
  const parts = constraint.shortestEnd().filter((part) => typeof part !== 'number')
  return Buffer.concat(parts).toString()
}
