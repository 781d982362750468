import type { Constraint, TokenTable } from '../constraint.ts'
import type { CompiledGrammar } from './compile-grammar.ts'
import { GrammarConstraint } from './grammar-constraint.ts'
import { Readers } from './readers.ts'

/** Holds generations of one model to grammars. Keeps what it learns about them, within bounds. */
export interface Constrainer {
  /** At the beginning of a text. The first call for a model reads what `prepareMore` has left of its vocabulary. */
  begin(compiled: CompiledGrammar): Constraint
  /** Tokens that have bytes and do not end the model's turn, in the order of their bytes. Read only. */
  readonly sortedTokens: Uint32Array
  /**
   * Reads a part of the vocabulary ahead of the first text, which takes a millisecond or so; all of it takes 100 and more.
   * False when nothing is left.
   */
  prepareMore(): boolean
}

/** One for each loaded model. */
export function createConstrainer(table: TokenTable): Constrainer {
  const readers = new Readers(table)
  return {
    begin: (compiled) => new GrammarConstraint(readers, compiled),
    get sortedTokens() {
      return readers.vocabulary.tree.tokens
    },
    prepareMore: () => readers.prepareMore(),
  }
}
