import type { OutputFormat } from '../core/generation.ts'
import type { Expression } from '../grammar/grammar.ts'
import { anyJsonObject } from '../grammar/json-schema/any-json.ts'
import { jsonSchemaExpression } from '../grammar/json-schema/json-schema.ts'
import type { RuleBook } from '../grammar/rule-book.ts'

/** The texts of a format. */
export function formatExpression(format: OutputFormat, book: RuleBook): Expression {
  switch (format.type) {
    case 'json-object':
      return anyJsonObject(book)
    case 'json-schema':
      return jsonSchemaExpression(format.schema, { book, at: 'response_format.json_schema.schema' })
    case 'grammar':
      return anyJsonObject(book)
  }
}
