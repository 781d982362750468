import type { OutputFormat } from '../core/generation.ts'
import { chatPaths, readGrammar, readPattern, refusingProblems } from '../grammar/check-request.ts'
import { embedGrammar } from '../grammar/embed-grammar.ts'
import type { Expression } from '../grammar/grammar.ts'
import { anyJsonObject } from '../grammar/json-schema/any-json.ts'
import { jsonSchemaExpression } from '../grammar/json-schema/json-schema.ts'
import type { RuleBook } from '../grammar/rule-book.ts'

/** The texts of a format. Throws `invalid_parameter`, with the path of the keyword, for what cannot be enforced. */
export function formatExpression(format: OutputFormat, book: RuleBook): Expression {
  switch (format.type) {
    case 'json-object':
      return anyJsonObject(book)
    case 'json-schema':
      return refusingProblems(() => jsonSchemaExpression(format.schema, { book, at: chatPaths.schema }))
    case 'grammar':
      return embedGrammar(readGrammar(format.grammar, chatPaths.grammar), book)
    case 'pattern':
      return readPattern(format.pattern, chatPaths.grammar)
  }
}
