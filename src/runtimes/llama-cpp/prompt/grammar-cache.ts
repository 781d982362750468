import { messageOf, ServerError } from '../../../core/errors.ts'
import type { OutputFormat } from '../../../core/generation.ts'
import type { Grammar } from '../../../grammar/grammar.ts'
import { type CompiledGrammar, compileGrammar } from '../../../grammar/machine/compile-grammar.ts'

/** Clients use the same few formats again and again. */
const mostGrammars = 32

/** Compiled grammars, with what was learned about them, by what they are made of; the one unused for longest goes first. */
export class GrammarCache {
  readonly #compiled = new Map<string, CompiledGrammar>()

  /** Throws `invalid_parameter` for a grammar that nothing can be written in. */
  compile(grammar: Grammar, format: OutputFormat | undefined): CompiledGrammar {
    const key = JSON.stringify(grammar)
    const known = this.#compiled.get(key)
    this.#compiled.delete(key)
    const compiled = known ?? compileOrRefuse(grammar, format)
    this.#compiled.set(key, compiled)
    const [oldest] = this.#compiled.keys()
    if (this.#compiled.size > mostGrammars && oldest !== undefined) this.#compiled.delete(oldest)
    return compiled
  }
}

function compileOrRefuse(grammar: Grammar, format: OutputFormat | undefined): CompiledGrammar {
  try {
    return compileGrammar(grammar)
  } catch (error) {
    const param = format === undefined ? 'tools' : format.type === 'grammar' ? 'grammar' : 'response_format'
    throw new ServerError('invalid_parameter', { param, problem: messageOf(error) }, { cause: error })
  }
}
