import type { Alternative } from './expand-conjunction.ts'
import { jsonKey, unwritable } from './json-value.ts'
import { KeywordReader } from './keywords.ts'
import { readNegation } from './negation.ts'
import { type NumberFacts, readNumberFacts } from './number-facts.ts'
import type { SchemaContext } from './schema-context.ts'
import type { Subschema } from './subschema.ts'
import { readTextFacts, type TextFacts } from './text-facts.ts'
import { readTypes, typeKeywords, type ValueType, valueTypes } from './value-type.ts'

/** What the schemas of one alternative say together, but for what they say of members and items. */
export interface Shape {
  readonly schemas: Alternative
  /** Types that a value may have, as far as types are spoken of. */
  readonly types: ReadonlySet<ValueType>
  /** `types`, and where none is spoken of, the one that all other keywords are about. This is what is written. */
  readonly writtenTypes: ReadonlySet<ValueType>
  /** The only values allowed, before all other keywords are asked. `path`: the keyword that says so. */
  readonly values?: ValueList
  /** Values that are not allowed. */
  readonly excluded: readonly { readonly value: unknown; readonly path: string }[]
  readonly text: TextFacts
  readonly number: NumberFacts
}

export interface ValueList {
  readonly all: readonly unknown[]
  /** Their `jsonKey`s. */
  readonly keys: ReadonlySet<string>
  readonly path: string
}

/** Reads what the schemas say; what cannot be understood is dropped or refused on the way. */
export function readShape(context: SchemaContext, schemas: Alternative): Shape {
  let types: ReadonlySet<ValueType> = new Set(valueTypes)
  let isTyped = false
  let values: ValueList | undefined
  const excluded: { readonly value: unknown; readonly path: string }[] = []
  for (const schema of schemas) {
    const own = readTypes(context, schema)
    isTyped ||= own !== undefined
    if (own) types = types.intersection(own)
    const negation = readNegation(context, schema)
    types = types.difference(negation.types)
    excluded.push(...negation.values)
    for (const list of valueLists(context, schema)) values = values ? intersectValues(values, list) : list
  }
  const writtenTypes = isTyped || values ? types : types.intersection(meantTypes(schemas))
  const facts = {
    text: readTextFacts(context, schemas, types.has('string')),
    number: readNumberFacts(context, schemas),
  }
  return { schemas, types, writtenTypes, excluded, ...facts, ...(values ? { values } : {}) }
}

/** The lists of `enum` and `const`. */
function valueLists(context: SchemaContext, schema: Subschema): readonly ValueList[] {
  const read = new KeywordReader(context, schema)
  const lists: { readonly all: readonly unknown[]; readonly path: string }[] = []
  const all = read.list('enum')
  if (all?.length === 0) context.drop(read.pathOf('enum'), 'It must have at least one value')
  else if (all) lists.push({ all, path: read.pathOf('enum') })
  if (Object.hasOwn(schema.keywords, 'const')) lists.push({ all: [schema.keywords.const], path: read.pathOf('const') })
  return lists.map(({ all, path }) => {
    const kept = all.filter((value) => isWritable(context, value, path))
    return { path, all: kept, keys: new Set(kept.map(jsonKey)) }
  })
}

function isWritable(context: SchemaContext, value: unknown, path: string): boolean {
  context.spend(1 + sizeOf(value) / 8, path)
  const reason = unwritable(value)
  if (reason) context.drop(path, reason)
  return reason === undefined
}

/** About as many as there are characters in its text. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 1
  return Object.entries(value).reduce((sum, [name, member]) => sum + name.length + sizeOf(member), 1)
}

function intersectValues(left: ValueList, right: ValueList): ValueList {
  const all = right.all.filter((value) => left.keys.has(jsonKey(value)))
  return { all, keys: left.keys.intersection(right.keys), path: right.path }
}

/** Who writes `properties` or `pattern` and no type means an object or a string, although any other value is valid too. */
function meantTypes(schemas: Alternative): ReadonlySet<ValueType> {
  const meant = new Set<ValueType>()
  for (const { keywords } of schemas)
    for (const name of Object.keys(keywords)) for (const type of typeKeywords[name] ?? []) meant.add(type)
  const families = [...meant].filter((type) => type !== 'fraction')
  return families.length === 1 ? meant : new Set(valueTypes)
}
