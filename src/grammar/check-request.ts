import { ServerError } from '../core/errors.ts'
import type { GenerationRequest } from '../core/generation.ts'
import { parseGbnf } from './gbnf.ts'
import type { Expression, Grammar } from './grammar.ts'
import { GrammarProblem } from './grammar-problem.ts'
import { jsonSchemaExpression } from './json-schema/json-schema.ts'
import { SchemaProblem } from './json-schema/schema-problem.ts'
import { compileGrammar } from './machine/compile-grammar.ts'
import { GrammarError } from './machine/grammar-error.ts'
import { RecentCache } from './recent-cache.ts'
import { patternExpression } from './regular-expression/pattern-expression.ts'
import { PatternProblem } from './regular-expression/pattern-problem.ts'
import { RuleBook } from './rule-book.ts'

/** Where the parts of a request stand in what the client sent, for the names of parameters in errors. */
export interface FormatPaths {
  readonly schema: string
  /** Of a pattern too. */
  readonly grammar: string
  parameters(toolIndex: number): string
}

/** The paths of OpenAI's chat completions. */
export const chatPaths: FormatPaths = {
  schema: 'response_format.json_schema.schema',
  grammar: 'grammar',
  parameters: (index) => `tools[${index}].function.parameters`,
}

/**
 * Throws `invalid_parameter`, with the path of the keyword, for schemas and grammars that cannot be enforced, before any
 * model is asked. Of the tools, those are looked at whose arguments must validate.
 */
export function checkFormats(request: GenerationRequest, paths: FormatPaths = chatPaths): void {
  const { format, prompt } = request
  if (format?.type === 'json-schema') checkSchema(format.schema, paths.schema, false)
  if (format?.type === 'grammar') readGrammar(format.grammar, paths.grammar)
  if (format?.type === 'pattern') readPattern(format.pattern, paths.grammar)
  const use = prompt.type === 'messages' ? prompt.toolUse : undefined
  if (!use || use.choice.type === 'none') return
  for (const [index, tool] of use.tools.entries()) {
    const mayBeCalled = use.allowed?.includes(tool.name) ?? true
    const isExact = tool.isStrict || use.choice.type === 'required'
    if (mayBeCalled && isExact && tool.parameters) checkSchema(tool.parameters, paths.parameters(index), true)
  }
}

/** Runs what compiles a schema, and throws its problems as `invalid_parameter`. */
export function refusingProblems<Result>(compile: () => Result): Result {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof SchemaProblem)) throw error
    throw new ServerError('invalid_parameter', { param: error.path, problem: error.problem }, { cause: error })
  }
}

/** Reads a grammar in GBNF. Throws `invalid_parameter` for what is no grammar, or has no text. */
export function readGrammar(source: string, param: string): Grammar {
  try {
    const grammar = parseGbnf(source)
    compileGrammar(grammar)
    return grammar
  } catch (error) {
    if (!(error instanceof GrammarProblem || error instanceof GrammarError)) throw error
    const problem = error.message.replace(/\.$/, '')
    throw new ServerError('invalid_parameter', { param, problem }, { cause: error })
  }
}

/** The texts that a pattern matches as a whole. Throws `invalid_parameter` for what is no pattern, or has no text. */
export function readPattern(pattern: string, param: string): Expression {
  try {
    const root = patternExpression(`^(?:${pattern})$`)
    compileGrammar({ root, rules: {} })
    return root
  } catch (error) {
    if (!(error instanceof PatternProblem || error instanceof GrammarError)) throw error
    const problem = error.message.replace(/\.$/, '')
    throw new ServerError('invalid_parameter', { param, problem }, { cause: error })
  }
}

/**
 * Schemas that can be enforced, by their text: clients send the same few with every request. Whether a schema can be
 * depends on nothing else; those that cannot are looked at again, for the path in their problem.
 */
const enforceable = new RecentCache<string, true>(128)
/** UTF-16 units of a schema that is remembered. */
const longestRemembered = 65_536

function checkSchema(schema: unknown, at: string, isObject: boolean): void {
  const key = `${isObject} ${JSON.stringify(schema)}`
  if (enforceable.get(key)) return
  refusingProblems(() => jsonSchemaExpression(schema, { book: new RuleBook(), at, isObject }))
  if (key.length <= longestRemembered) enforceable.set(key, true)
}
