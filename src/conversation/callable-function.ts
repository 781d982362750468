import type { Tool } from '../core/generation.ts'
import type { RuleBook } from '../grammar/rule-book.ts'
import { jsonSchemaExpression } from './any-json.ts'
import type { CallableFunction } from './call-grammar.ts'
import type { CallSyntax } from './conversation-syntax.ts'

interface CallableOptions {
  readonly syntax: CallSyntax
  /** The arguments must validate; otherwise they have to be an object of the right names and kinds. */
  readonly isExact: boolean
  readonly book: RuleBook
  /** Where the schema stands in the request. */
  readonly path: string
}

/** What a call of the function may look like. */
export function callableFunction(tool: Tool, { isExact, book, path }: CallableOptions): CallableFunction {
  const schema = tool.parameters ?? { type: 'object', properties: {}, additionalProperties: false }
  const options = { book, at: path, isRelaxed: !isExact, isObject: true }
  return { name: tool.name, arguments: jsonSchemaExpression(schema, options), strings: new Set() }
}
