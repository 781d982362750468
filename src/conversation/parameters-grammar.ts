import { choice, sequence, special, text } from '../grammar/expressions.ts'
import { oneOfTexts, textWithout } from '../grammar/free-text.ts'
import type { Expression } from '../grammar/grammar.ts'
import { jsonSchemaExpression } from '../grammar/json-schema/json-schema.ts'
import type { RuleBook } from '../grammar/rule-book.ts'
import type { ParameterSyntax } from './conversation-syntax.ts'
import { afterString } from './reading/read-parameters.ts'
import type { SeparateParameter } from './separate-parameters.ts'

interface ParameterOptions {
  readonly book: RuleBook
  /** Where the schema of all parameters stands in the request. */
  readonly at: string
  readonly isRelaxed: boolean
}

/** Parameters one by one, in a fixed order; those that are not required may be left out. */
export function parametersExpression(
  syntax: ParameterSyntax,
  parameters: readonly SeparateParameter[],
  options: ParameterOptions,
): Expression {
  // From the last to the first: what may follow a parameter, when another one stands before it and when none does.
  let rest: { readonly first: Expression; readonly later: Expression } = { first: text(''), later: text('') }
  for (const parameter of parameters.toReversed()) {
    const written = options.book.add('parameter', parameterExpression(syntax, parameter, options))
    const { first, later } = rest
    const asFirst = sequence(written, later)
    const asLater = sequence(text(syntax.between), written, later)
    rest = {
      first: options.book.add('parameters', parameter.isRequired ? asFirst : choice(asFirst, first)),
      later: options.book.add('parameters', parameter.isRequired ? asLater : choice(asLater, later)),
    }
  }
  return sequence(text(syntax.open), rest.first, text(syntax.close))
}

function parameterExpression(
  syntax: ParameterSyntax,
  { name, schema, isBare }: SeparateParameter,
  { book, at, isRelaxed }: ParameterOptions,
): Expression {
  const head = text(syntax.beforeKey + name + syntax.afterKey)
  const path = `${at}.properties.${name}`
  if (!isBare)
    return sequence(head, jsonSchemaExpression(schema, { book, at: path, isRelaxed }), text(syntax.afterValue))
  const { open, close } = syntax.string
  const [before, behind] = open === '' ? [text(''), text(close)] : [special(open), special(close)]
  return sequence(head, before, bareString(schema, close, book), behind, text(afterString(syntax)))
}

function bareString(schema: SeparateParameter['schema'], close: string, book: RuleBook): Expression {
  const listed = schema.const === undefined ? schema.enum : [schema.const]
  return Array.isArray(listed) ? oneOfTexts(listed.map(String)) : textWithout(book, close)
}
