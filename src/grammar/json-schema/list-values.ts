import { decimalOf, unitsOf } from './decimal.ts'
import { fitsShape } from './fits.ts'
import { jsonKey } from './json-value.ts'
import type { SchemaReader } from './schema-reader.ts'
import type { Shape } from './shape.ts'
import type { Conjunction } from './subschema.ts'

/** All values that satisfy the schemas, in the order of the schema. Undefined: they are more than `limit`, or not known. */
export function listValues(
  reader: SchemaReader,
  conjunction: Conjunction,
  limit: number,
): readonly unknown[] | undefined {
  const found = new Map<string, unknown>()
  for (const shape of reader.shapesOf(conjunction)) {
    const values = valuesOf(shape, limit)
    if (!values) return undefined
    for (const value of values)
      if (fitsShape(reader, value, { shape, types: shape.types })) found.set(jsonKey(value), value)
    if (found.size > limit) return undefined
  }
  return [...found.values()]
}

/** Values among which are all that satisfy a shape. */
function valuesOf(
  { values, writtenTypes, number: { low, high } }: Shape,
  limit: number,
): readonly unknown[] | undefined {
  if (values) return values.all
  const all: unknown[] = []
  for (const type of writtenTypes) {
    if (type === 'null') all.push(null)
    else if (type === 'boolean') all.push(true, false)
    else if (type === 'integer' && low && high && high.value - low.value <= limit) {
      const last = Number(unitsOf(decimalOf(high.value), 0, 'down'))
      for (let value = Number(unitsOf(decimalOf(low.value), 0, 'up')); value <= last; value++) all.push(value)
    } else return undefined
  }
  return all
}
