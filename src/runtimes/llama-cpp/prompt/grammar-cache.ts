import { messageOf, ServerError } from '../../../core/errors.ts'
import type { OutputFormat } from '../../../core/generation.ts'
import type { Grammar } from '../../../grammar/grammar.ts'
import { type CompiledGrammar, compileGrammar } from '../../../grammar/machine/compile-grammar.ts'

/** Compiled grammars, with what was learned about them, for as long as somebody has the grammar. */
export class GrammarCache {
  readonly #compiled = new WeakMap<Grammar, CompiledGrammar>()

  /** Throws `invalid_parameter` for a grammar that nothing can be written in. */
  compile(grammar: Grammar, format: OutputFormat | undefined): CompiledGrammar {
    const compiled = this.#compiled.get(grammar) ?? compileOrRefuse(grammar, format)
    this.#compiled.set(grammar, compiled)
    return compiled
  }
}

function compileOrRefuse(grammar: Grammar, format: OutputFormat | undefined): CompiledGrammar {
  try {
    return compileGrammar(grammar)
  } catch (error) {
    throw grammarRefused(error, format)
  }
}

/** What is told of a grammar that cannot be followed: the parameter that it came in, and why. */
export function grammarRefused(error: unknown, format: OutputFormat | undefined): ServerError {
  const param = format === undefined ? 'tools' : format.type === 'grammar' ? 'grammar' : 'response_format'
  return new ServerError('invalid_parameter', { param, problem: messageOf(error) }, { cause: error })
}
