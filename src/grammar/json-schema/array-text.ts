import { isNever, never, nothing, optional, repeat, sequence, text } from '../expressions.ts'
import type { Expression } from '../grammar.ts'
import { type ArrayFacts, countFirst, itemOf } from './array-facts.ts'
import { jsonText } from './json-value.ts'
import { listValues } from './list-values.ts'
import type { SchemaReader } from './schema-reader.ts'
import type { Conjunction } from './subschema.ts'
import { orderedSubsets, subsetsInAnyOrder } from './subset-text.ts'

/** Where the items of an array come from. */
export interface ItemSource {
  readonly reader: SchemaReader
  /** The text of a value; `never` where there is none. */
  write(conjunction: Conjunction, isNeeded: boolean): Expression
}

const comma = text(', ')
/** So many values can be written in any order; more than these only in the order of the schema. */
const maxInAnyOrder = 6
const maxUniqueValues = 100

/** The texts of the arrays that are allowed. */
export function arrayText(source: ItemSource, facts: ArrayFacts): Expression {
  const most = facts.most?.value ?? Number.POSITIVE_INFINITY
  if (facts.unique !== undefined && most > 1) {
    const unique = uniqueArray(source, facts, facts.unique)
    if (unique) return unique
  }
  const least = facts.least.value
  const first = Math.min(countFirst(facts), most)
  const rest = most > first ? source.write(itemOf(facts, countFirst(facts)), least > first) : never
  const more = { least: Math.max(0, least - first), most: Math.max(0, most - first) }
  let tail = repeated(first === 0 ? rest : sequence(comma, rest), { ...more, isFirst: first === 0 })
  for (let index = first - 1; index >= 0; index--) {
    source.reader.context.spend(1, facts.least.path)
    const isNeeded = index < least
    const item = source.write(itemOf(facts, index), isNeeded)
    const part = sequence(index === 0 ? nothing : comma, item, tail)
    const isTooMany = isNever(item)
    if (isTooMany && isNeeded) return never
    tail = isTooMany ? nothing : isNeeded ? part : source.reader.context.book.add('items', optional(part))
  }
  return sequence(text('['), tail, text(']'))
}

/** Items without end, or up to a count. */
function repeated(
  item: Expression,
  { least, most, isFirst }: { readonly least: number; readonly most: number; readonly isFirst: boolean },
): Expression {
  const limit = Number.isFinite(most) ? most : undefined
  if (!isFirst) return repeat(item, least, limit)
  if (most === 0 || isNever(item)) return least === 0 ? nothing : never
  const all = sequence(item, repeat(sequence(comma, item), Math.max(0, least - 1), limit && limit - 1))
  return least === 0 ? optional(all) : all
}

/** Arrays whose items differ, where the items are few values. Undefined: it is not kept. */
function uniqueArray({ reader }: ItemSource, facts: ArrayFacts, path: string): Expression | undefined {
  const { context } = reader
  if (countFirst(facts) > 0) {
    context.drop(path, '"uniqueItems" together with "prefixItems" cannot be enforced')
    return undefined
  }
  const values = listValues(reader, itemOf(facts, 0), maxUniqueValues)
  if (!values) {
    const problem = `"uniqueItems" can be enforced only where the items are an "enum" of at most ${maxUniqueValues} values`
    context.drop(path, problem)
    return undefined
  }
  const items = values.map((value) => text(jsonText(value)))
  const most = Math.min(facts.most?.value ?? items.length, items.length)
  if (facts.least.value > most) return never
  const range = { least: facts.least.value, most }
  const inside = items.length <= maxInAnyOrder ? subsetsInAnyOrder : orderedSubsets
  return sequence(text('['), inside(context, items, range), text(']'))
}
