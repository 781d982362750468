import type { Expression } from '../grammar/grammar.ts'
import { anyJsonObject, anyJsonValue } from '../grammar/json-schema/any-json.ts'
import type { RuleBook } from '../grammar/rule-book.ts'

export { anyJsonObject }

export const jsonSchemaExpression = (
  _schema: object,
  { book, isObject }: { book: RuleBook; at: string; isObject?: boolean; isRelaxed?: boolean },
): Expression => (isObject ? anyJsonObject(book) : anyJsonValue(book))
