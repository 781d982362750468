import type { Grammar } from '../grammar.ts'
import { ExpressionCompiler } from './expression-compiler.ts'
import type { Program } from './program.ts'
import { learnRules } from './rule-facts.ts'

/**
 * A grammar that has been checked and made ready. It does not depend on a vocabulary, does not change, and holds what
 * constrainers learn about it: keep it for as long as texts of that grammar are asked for.
 */
export interface CompiledGrammar {
  readonly program: Program
}

/**
 * Throws a `GrammarError` for a call of an unknown rule, for left recursion (also behind parts that may be empty), and
 * when no text at all matches. Choices that no text matches are left out where others are left.
 */
export function compileGrammar(grammar: Grammar): CompiledGrammar {
  return { program: new ExpressionCompiler(learnRules(grammar)).compile() }
}
