import { jsonKey } from './json-value.ts'
import { listValues } from './list-values.ts'
import { memberOf } from './object-facts.ts'
import type { SchemaReader } from './schema-reader.ts'
import type { Conjunction } from './subschema.ts'

const maxValues = 50

/**
 * Whether one required property tells all branches apart by its values, as a discriminator does. This is the usual way,
 * and much less work than to compare each branch with each other.
 */
export function hasDiscriminator(reader: SchemaReader, branches: readonly Conjunction[]): boolean {
  const [first] = branches
  const [shape] = first ? reader.shapesOf(first) : []
  if (!shape?.types.has('object')) return false
  return [...reader.objectOf(shape).required.keys()].slice(0, 8).some((name) => areToldApart(reader, branches, name))
}

function areToldApart(reader: SchemaReader, branches: readonly Conjunction[], name: string): boolean {
  const taken = new Set<string>()
  for (const branch of branches) {
    const own = new Set<string>()
    for (const shape of reader.shapesOf(branch)) {
      if (shape.types.size !== 1 || !shape.types.has('object')) return false
      const facts = reader.objectOf(shape)
      const values = facts.required.has(name) ? listValues(reader, memberOf(facts, name), maxValues) : undefined
      if (!values) return false
      for (const value of values) own.add(jsonKey(value))
    }
    if (!own.isDisjointFrom(taken)) return false
    for (const key of own) taken.add(key)
  }
  return true
}
