import type { Alternative } from './expand-conjunction.ts'
import { KeywordReader } from './keywords.ts'
import type { SchemaContext } from './schema-context.ts'
import type { SchemaDocument } from './schema-document.ts'
import { allOf, type Conjunction, type Subschema } from './subschema.ts'

/** What is said of arrays. */
export interface ArrayFacts {
  readonly least: { readonly value: number; readonly path: string }
  readonly most?: { readonly value: number; readonly path: string }
  /** The path of `uniqueItems`, where items must differ. */
  readonly unique?: string
  readonly parts: readonly ArrayPart[]
}

/** What one schema says of the items. */
interface ArrayPart {
  readonly first: readonly (Subschema | undefined)[]
  /** All that follow. Undefined: anything. */
  readonly rest: Subschema | undefined
}

export function readArrayFacts(context: SchemaContext, document: SchemaDocument, schemas: Alternative): ArrayFacts {
  let least = { value: 0, path: '' }
  let most: ArrayFacts['most']
  let unique: string | undefined
  for (const schema of schemas) {
    const read = new KeywordReader(context, schema)
    const min = read.count('minItems')
    const max = read.count('maxItems')
    if (min !== undefined && min > least.value) least = { value: min, path: read.pathOf('minItems') }
    if (max !== undefined && (!most || max < most.value)) most = { value: max, path: read.pathOf('maxItems') }
    if (read.flag('uniqueItems')) unique = read.pathOf('uniqueItems')
  }
  const parts = schemas.map((schema) => readPart(context, document, schema))
  return { least, parts, ...(most ? { most } : {}), ...(unique === undefined ? {} : { unique }) }
}

/** How many items have schemas of their own. */
export function countFirst({ parts }: ArrayFacts): number {
  return Math.max(0, ...parts.map(({ first }) => first.length))
}

/** What the item at an index must be. From `countFirst` on it is the same for all. */
export function itemOf({ parts }: ArrayFacts, index: number): Conjunction {
  return allOf(...parts.map(({ first, rest }) => (index < first.length ? first[index] : rest)))
}

/** Reads `prefixItems` and `items`, and the draft-7 spelling of the same: a list in `items`, and `additionalItems`. */
function readPart(context: SchemaContext, document: SchemaDocument, schema: Subschema): ArrayPart {
  const { items, prefixItems, additionalItems, unevaluatedItems } = schema.keywords
  const read = new KeywordReader(context, schema)
  const isOldTuple = Array.isArray(items) && prefixItems === undefined
  const listName = isOldTuple ? 'items' : 'prefixItems'
  const first = (read.list(listName) ?? []).map((_, index) => document.child(schema, listName, index))
  const has = (name: string, value: unknown) => (value === undefined ? [] : [name])
  const [restName] = [
    ...(isOldTuple ? has('additionalItems', additionalItems) : has('items', items)),
    ...has('unevaluatedItems', unevaluatedItems),
  ]
  return { first, rest: restName === undefined ? undefined : document.child(schema, restName) }
}
