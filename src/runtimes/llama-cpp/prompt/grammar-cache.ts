import { messageOf, ServerError } from '../../../core/errors.ts'
import type { OutputFormat } from '../../../core/generation.ts'
import type { Grammar } from '../../../grammar/grammar.ts'
import { type CompiledGrammar, compileGrammar } from '../../../grammar/machine/compile-grammar.ts'

/** Clients use the same few formats again and again. */
const mostGrammars = 32
/** What the grammars are made of, in UTF-16 units, all of them together; the last one is kept whatever its size is. */
const mostLetters = 8 * 2 ** 20

/** Compiled grammars, with what was learned about them, by what they are made of; the one unused for longest goes first. */
export class GrammarCache {
  readonly #compiled = new Map<string, CompiledGrammar>()
  #letters = 0

  /** Throws `invalid_parameter` for a grammar that nothing can be written in. */
  compile(grammar: Grammar, format: OutputFormat | undefined): CompiledGrammar {
    const key = JSON.stringify(grammar)
    const compiled = this.#compiled.get(key) ?? compileOrRefuse(grammar, format)
    this.#forget(key)
    this.#compiled.set(key, compiled)
    this.#letters += key.length
    for (const oldest of this.#compiled.keys()) {
      if (oldest === key || (this.#compiled.size <= mostGrammars && this.#letters <= mostLetters)) break
      this.#forget(oldest)
    }
    return compiled
  }

  #forget(key: string) {
    if (this.#compiled.delete(key)) this.#letters -= key.length
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
