import type { JsonSchema, Tool } from '../core/generation.ts'
import { jsonSchemaExpression } from '../grammar/json-schema/json-schema.ts'
import type { RuleBook } from '../grammar/rule-book.ts'
import type { CallableFunction } from './call-grammar.ts'
import type { CallSyntax } from './conversation-syntax.ts'
import { parametersExpression } from './parameters-grammar.ts'
import { readParameters } from './separate-parameters.ts'

interface CallableOptions {
  readonly syntax: CallSyntax
  /** The arguments must validate; otherwise they have to be an object of the right names and kinds. */
  readonly isExact: boolean
  readonly book: RuleBook
  /** Where the schema stands in the request. */
  readonly path: string
}

const noArguments: JsonSchema = { type: 'object', properties: {}, additionalProperties: false }

/**
 * What a call of the function may look like. Where the syntax writes parameters one by one and the schema says more than
 * can be said of each alone, the arguments are one JSON object there, too.
 */
export function callableFunction(tool: Tool, { syntax, isExact, book, path }: CallableOptions): CallableFunction {
  const schema = tool.parameters ?? noArguments
  const options = { book, at: path, isRelaxed: !isExact }
  const parameters = syntax.parameters && readParameters(schema, syntax.parameters, isExact)
  if (syntax.parameters && parameters) {
    const strings = new Set(parameters.filter(({ isBare }) => isBare).map(({ name }) => name))
    return { name: tool.name, strings, arguments: parametersExpression(syntax.parameters, parameters, options) }
  }
  return {
    name: tool.name,
    strings: new Set(),
    arguments: jsonSchemaExpression(schema, { ...options, isObject: true }),
  }
}
