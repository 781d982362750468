import { automatonHas } from '../automaton/automaton-product.ts'
import { itemOf } from './array-facts.ts'
import { isMultiple } from './decimal.ts'
import { isJsonObject, jsonKey } from './json-value.ts'
import { memberOf } from './object-facts.ts'
import { patternAutomaton } from './pattern-automata.ts'
import type { SchemaReader } from './schema-reader.ts'
import type { Shape } from './shape.ts'
import type { Conjunction } from './subschema.ts'
import { typeOf, type ValueType } from './value-type.ts'

const maxPatternStates = 2000

/** Whether a value satisfies schemas, as far as they can be enforced. */
export function fits(reader: SchemaReader, value: unknown, conjunction: Conjunction): boolean {
  return reader.shapesOf(conjunction).some((shape) => fitsShape(reader, value, { shape, types: shape.types }))
}

/** The same for one way to satisfy them, and a value of one of the types. */
export function fitsShape(
  reader: SchemaReader,
  value: unknown,
  { shape, types }: { readonly shape: Shape; readonly types: ReadonlySet<ValueType> },
): boolean {
  reader.context.spend(1, shape.schemas[0]?.path ?? '')
  if (!types.has(typeOf(value))) return false
  if (shape.excluded.length > 0 || shape.values) {
    const key = jsonKey(value)
    if (shape.excluded.some((each) => jsonKey(each.value) === key)) return false
    if (shape.values && !shape.values.keys.has(key)) return false
  }
  if (typeof value === 'string') return fitsText(reader, value, shape)
  if (typeof value === 'number') return fitsNumber(value, shape)
  if (Array.isArray(value)) return fitsArray(reader, value, shape)
  return !isJsonObject(value) || fitsObject(reader, value, shape)
}

function fitsText(reader: SchemaReader, value: string, { text: { least, most, patterns } }: Shape): boolean {
  const length = least.value > 0 || most ? [...value].length : 0
  if (length < least.value || (most && length > most.value)) return false
  return patterns.every(({ expression, path, isNegated }) => {
    const automaton = patternAutomaton(reader.context, expression, { limit: maxPatternStates, path })
    reader.context.spend(value.length / 8, path)
    if (!automaton)
      reader.context.drop(path, 'The pattern is too large to be checked on the values of "enum" or "const"')
    return !automaton || automatonHas(automaton, value) !== isNegated
  })
}

function fitsNumber(value: number, { number: { low, high, steps } }: Shape): boolean {
  if ((low && value < low.value) || (high && value > high.value)) return false
  return steps.every((step) => isMultiple(value, step.value))
}

function fitsArray(reader: SchemaReader, value: readonly unknown[], shape: Shape): boolean {
  const facts = reader.arrayOf(shape)
  if (value.length < facts.least.value || (facts.most && value.length > facts.most.value)) return false
  if (facts.unique !== undefined && new Set(value.map(jsonKey)).size < value.length) return false
  return value.every((item, index) => fits(reader, item, itemOf(facts, index)))
}

function fitsObject(reader: SchemaReader, value: Readonly<Record<string, unknown>>, shape: Shape): boolean {
  const facts = reader.objectOf(shape)
  const names = Object.keys(value)
  if (names.length < facts.least.value || (facts.most && names.length > facts.most.value)) return false
  if ([...facts.required.keys()].some((name) => !Object.hasOwn(value, name))) return false
  return names.every(
    (name) => fits(reader, name, facts.nameSchemas) && fits(reader, value[name], memberOf(facts, name)),
  )
}
