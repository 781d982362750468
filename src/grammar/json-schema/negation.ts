import { isJsonObject, unwritable } from './json-value.ts'
import { isEmptySchema } from './keywords.ts'
import type { SchemaContext } from './schema-context.ts'
import { pathOf } from './schema-problem.ts'
import type { Subschema } from './subschema.ts'
import { typesOf, type ValueType, valueTypes } from './value-type.ts'

/** What `not` takes away. */
export interface Negation {
  readonly types: ReadonlySet<ValueType>
  readonly values: readonly { readonly value: unknown; readonly path: string }[]
}

/** Reads `not` where it can be enforced: of types, and of lists of values. */
export function readNegation(context: SchemaContext, schema: Subschema): Negation {
  const { not } = schema.keywords
  const path = pathOf(schema.path, 'not')
  if (not === undefined || not === false) return { types: new Set(), values: [] }
  if (not === true || (isJsonObject(not) && isEmptySchema(not))) return { types: new Set(valueTypes), values: [] }
  const asking = isJsonObject(not) ? Object.keys(not).filter((name) => !isEmptySchema({ [name]: not[name] })) : []
  const [name, another] = asking
  if (isJsonObject(not) && name !== undefined && another === undefined) {
    const value = not[name]
    if (name === 'type') return { types: typesOf(value) ?? new Set(), values: [] }
    const listed = name === 'const' ? [value] : name === 'enum' && Array.isArray(value) ? value : undefined
    context.spend(listed?.length ?? 0, path)
    const values = listed?.filter((each) => unwritable(each) === undefined).map((each) => ({ value: each, path }))
    if (values) return { types: new Set(), values }
  }
  context.drop(path, '"not" can be enforced only with one of "type", "const" and "enum" inside of it')
  return { types: new Set(), values: [] }
}
