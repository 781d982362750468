import { dropDeadEnds } from '../drop-dead-ends.ts'
import { isNever } from '../expressions.ts'
import type { Expression, Grammar } from '../grammar.ts'
import { RuleBook } from '../rule-book.ts'
import { anyJsonObject, anyJsonValue } from './any-json.ts'
import { SchemaContext } from './schema-context.ts'
import { SchemaProblem, type SchemaWarning } from './schema-problem.ts'
import { SchemaReader } from './schema-reader.ts'
import { allOf } from './subschema.ts'
import { ValueWriter } from './value-writer.ts'

export interface JsonSchemaUse {
  /** Where the rules are written down. */
  readonly book: RuleBook
  /** Where the schema stands in the request, for errors: `response_format.json_schema.schema`. */
  readonly at: string
  /** Drops what cannot be enforced, and never throws. Without it such a schema is refused. */
  readonly isRelaxed?: boolean
  /** Only objects, whatever the schema says, as the arguments of a function always are one. */
  readonly isObject?: boolean
  /** What has been dropped is added here. */
  readonly warnings?: SchemaWarning[]
}

/**
 * The texts of the values that are valid against a JSON Schema (draft 2020-12, with `definitions` and lists of `items`
 * as draft 7 writes them). Every text parses and is valid; not every valid value can be written: members stand in the
 * order of the schema, others than the listed ones are written only where the schema speaks of them, numbers have a bounded number of digits, and the text is laid out as Python's `json.dumps` does
 * it, one space behind `:` and `,`. `multipleOf` is kept exactly in decimals, where 19.99 is a multiple of 0.01.
 * Throws `SchemaProblem` for what cannot be enforced, and for schemas that no value satisfies.
 */
export function jsonSchemaExpression(schema: unknown, use: JsonSchemaUse): Expression {
  const { book, at, isRelaxed = false, isObject = false, warnings = [] } = use
  const before = new Set(book.names())
  try {
    return compile(schema, use, before)
  } catch (error) {
    const problem = problemOf(error, at)
    for (const name of book.names()) if (!before.has(name)) book.remove(name)
    if (!isRelaxed) throw problem
    warnings.push({ path: problem.path, problem: problem.problem })
    return isObject ? anyJsonObject(book) : anyJsonValue(book)
  }
}

/** The same as a grammar of its own. */
export function jsonSchemaGrammar(schema: unknown, at: string): Grammar {
  const book = new RuleBook()
  return book.grammar(jsonSchemaExpression(schema, { book, at }))
}

function compile(schema: unknown, use: JsonSchemaUse, before: ReadonlySet<string>): Expression {
  const { book, at, isRelaxed = false, isObject = false, warnings = [] } = use
  const context = new SchemaContext(book, { at, isRelaxed, warnings })
  const reader = new SchemaReader(schema, at, context)
  const writer = new ValueWriter(reader)
  const object = isObject ? reader.document.schema({ type: 'object' }, at) : undefined
  const root = allOf(reader.root, object)
  const written = writer.write(root, true)
  const reason = root.find(({ isFalse }) => isFalse) ? undefined : writer.reason
  if (isNever(written))
    throw new SchemaProblem(reason?.path ?? at, reason?.problem ?? 'The schema is false: no value is valid')
  if (!writer.isRecursive) return written
  const names = book.names().filter((name) => !before.has(name))
  const left = dropDeadEnds(book, names, written)
  if (isNever(left))
    throw new SchemaProblem(at, 'No value with an end is valid: the schema asks for itself without end')
  return left
}

function problemOf(error: unknown, at: string): SchemaProblem {
  if (error instanceof SchemaProblem) return error
  if (error instanceof RangeError) return new SchemaProblem(at, 'The schema is nested too deep')
  throw error
}
