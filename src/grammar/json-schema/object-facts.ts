import type { Automaton } from '../automaton/automaton.ts'
import { automatonHas, joinAutomata } from '../automaton/automaton-product.ts'
import type { PatternPart } from '../regular-expression/pattern-expression.ts'
import type { Alternative } from './expand-conjunction.ts'
import { KeywordReader } from './keywords.ts'
import { patternAutomaton } from './pattern-automata.ts'
import type { SchemaContext } from './schema-context.ts'
import type { SchemaDocument } from './schema-document.ts'
import { allOf, type Conjunction, type Subschema } from './subschema.ts'
import { readPattern } from './text-facts.ts'

/** What is said of objects. */
export interface ObjectFacts {
  /** Every name that is spoken of, in the order of the schema. */
  readonly names: readonly string[]
  /** With the path of the keyword that says so. */
  readonly required: ReadonlyMap<string, string>
  readonly least: { readonly value: number; readonly path: string }
  readonly most?: { readonly value: number; readonly path: string }
  readonly parts: readonly ObjectPart[]
  /** What `propertyNames` asks of each name. */
  readonly nameSchemas: Conjunction
}

/** What one schema says of the members. */
export interface ObjectPart {
  readonly schema: Subschema
  readonly properties: ReadonlyMap<string, Subschema | undefined>
  readonly patterns: readonly NamePattern[]
  /** What all other members must be. Undefined: anything. */
  readonly additional: Subschema | undefined
  /** Whether the schema says in so many words what other members must be. */
  readonly speaksOfOthers: boolean
}

/** An entry of `patternProperties`. */
export interface NamePattern {
  readonly source: string
  readonly path: string
  readonly automaton: Automaton
  readonly member: Subschema | undefined
}

const maxPatternStates = 500

export function readObjectFacts(context: SchemaContext, document: SchemaDocument, schemas: Alternative): ObjectFacts {
  const names = new Set<string>()
  const required = new Map<string, string>()
  const nameSchemas: (Subschema | undefined)[] = []
  let least = { value: 0, path: '' }
  let most: ObjectFacts['most']
  const parts = schemas.map((schema) => readPart(context, document, schema))
  for (const { properties } of parts) for (const name of properties.keys()) names.add(name)
  for (const schema of schemas) {
    const read = new KeywordReader(context, schema)
    const path = read.pathOf('required')
    const asked = read.texts('required') ?? []
    context.spend(asked.length / 4, path)
    for (const name of asked) required.set(name, path)
    const min = read.count('minProperties')
    const max = read.count('maxProperties')
    if (min !== undefined && min > least.value) least = { value: min, path: read.pathOf('minProperties') }
    if (max !== undefined && (!most || max < most.value)) most = { value: max, path: read.pathOf('maxProperties') }
    if (schema.keywords.propertyNames !== undefined) nameSchemas.push(document.child(schema, 'propertyNames'))
  }
  for (const name of required.keys()) names.add(name)
  context.spend(names.size, schemas[0]?.path ?? '')
  return { names: [...names], required, least, parts, nameSchemas: allOf(...nameSchemas), ...(most ? { most } : {}) }
}

/**
 * Whether members are written of which the schema does not speak. JSON Schema allows them unless it is said otherwise,
 * but who lists properties and says nothing of others does not want any, and a small model would never stop writing
 * them. So they are written only where they are spoken of, or no properties are, or more are asked for than listed.
 */
export function isWrittenOpen({ parts, names, least }: ObjectFacts): boolean {
  if (parts.some(({ speaksOfOthers }) => speaksOfOthers) || least.value > names.length) return true
  return parts.every(({ properties }) => properties.size === 0)
}

/** What the member of a name must be. */
export function memberOf({ parts }: ObjectFacts, name: string): Conjunction {
  return allOf(...parts.flatMap((part) => schemasOf(part, name)))
}

function schemasOf({ properties, patterns, additional }: ObjectPart, name: string): readonly (Subschema | undefined)[] {
  const found = patterns.filter(({ automaton }) => automatonHas(automaton, name)).map(({ member }) => member)
  if (properties.has(name)) return [properties.get(name), ...found]
  return found.length > 0 ? found : [additional]
}

function readPart(context: SchemaContext, document: SchemaDocument, schema: Subschema): ObjectPart {
  const read = new KeywordReader(context, schema)
  const properties = new Map<string, Subschema | undefined>()
  for (const name of Object.keys(read.map('properties') ?? {})) {
    if (name.isWellFormed()) properties.set(name, document.child(schema, 'properties', name))
    else context.drop(read.pathOf('properties', name), 'The name holds half of a surrogate pair')
  }
  const patterns: NamePattern[] = []
  for (const source of Object.keys(read.map('patternProperties') ?? {})) {
    const path = read.pathOf('patternProperties', source)
    const pattern = readPattern(context, source, path)
    const automaton = pattern && automatonOfParts(context, pattern, path)
    if (automaton)
      patterns.push({ source, path, automaton, member: document.child(schema, 'patternProperties', source) })
    else if (pattern) context.drop(path, 'The pattern is too large to be enforced on names')
  }
  const { additionalProperties, unevaluatedProperties } = schema.keywords
  const others = additionalProperties !== undefined ? 'additionalProperties' : 'unevaluatedProperties'
  const hasOthers = additionalProperties !== undefined || unevaluatedProperties !== undefined
  const additional = hasOthers ? document.child(schema, others) : undefined
  return { schema, properties, patterns, additional, speaksOfOthers: hasOthers }
}

/** Undefined: it is too large. */
function automatonOfParts(context: SchemaContext, parts: readonly PatternPart[], path: string): Automaton | undefined {
  let joined: Automaton | undefined
  for (const { expression, isNegated } of parts) {
    const automaton = patternAutomaton(context, expression, { limit: maxPatternStates, path })
    if (!automaton) return undefined
    const accepts = (one: boolean, other: boolean) => one && other !== isNegated
    joined = joined ? joinAutomata(joined, automaton, { accepts, limit: maxPatternStates }) : automaton
    if (!joined) return undefined
  }
  return joined
}
