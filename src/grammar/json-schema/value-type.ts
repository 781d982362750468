import { KeywordReader } from './keywords.ts'
import type { SchemaContext } from './schema-context.ts'
import type { Subschema } from './subschema.ts'

/** The types of JSON Schema, with `number` taken apart into whole numbers and all others. */
export type ValueType = 'object' | 'array' | 'string' | 'integer' | 'fraction' | 'boolean' | 'null'

export const valueTypes: readonly ValueType[] = ['object', 'array', 'string', 'integer', 'fraction', 'boolean', 'null']

const named: Readonly<Record<string, readonly ValueType[]>> = {
  object: ['object'],
  array: ['array'],
  string: ['string'],
  number: ['integer', 'fraction'],
  integer: ['integer'],
  boolean: ['boolean'],
  null: ['null'],
}

const ofNumbers: readonly ValueType[] = ['integer', 'fraction']

/** Keywords that speak of values of one type only. */
export const typeKeywords: Readonly<Record<string, readonly ValueType[]>> = {
  properties: ['object'],
  required: ['object'],
  additionalProperties: ['object'],
  patternProperties: ['object'],
  propertyNames: ['object'],
  minProperties: ['object'],
  maxProperties: ['object'],
  items: ['array'],
  prefixItems: ['array'],
  minItems: ['array'],
  maxItems: ['array'],
  uniqueItems: ['array'],
  minLength: ['string'],
  maxLength: ['string'],
  pattern: ['string'],
  minimum: ofNumbers,
  maximum: ofNumbers,
  exclusiveMinimum: ofNumbers,
  exclusiveMaximum: ofNumbers,
  multipleOf: ofNumbers,
}

/** The types that `type` and `nullable` allow. Undefined: nothing is said of types. */
export function readTypes(context: SchemaContext, schema: Subschema): ReadonlySet<ValueType> | undefined {
  const { type } = schema.keywords
  const read = new KeywordReader(context, schema)
  if (type === undefined) return undefined
  const types = typesOf(type)
  if (!types) {
    context.drop(read.pathOf('type'), `It must be one of ${Object.keys(named).join(', ')}, or a list of them`)
    return undefined
  }
  return read.flag('nullable') ? types.union(new Set(['null'])) : types
}

/** The types that a value of `type` names. Undefined: it names none. */
export function typesOf(type: unknown): ReadonlySet<ValueType> | undefined {
  const names: readonly unknown[] = Array.isArray(type) ? type : [type]
  const known = names.map((name) => (typeof name === 'string' && Object.hasOwn(named, name) ? named[name] : undefined))
  return names.length > 0 && known.every((each) => each) ? new Set(known.flatMap((each) => each ?? [])) : undefined
}

/** The type of a value of JSON. */
export function typeOf(value: unknown): ValueType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction'
  return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'object'
}
