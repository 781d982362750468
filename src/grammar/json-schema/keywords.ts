import { isJsonObject } from './json-value.ts'
import type { SchemaContext } from './schema-context.ts'
import { pathOf } from './schema-problem.ts'
import type { Subschema } from './subschema.ts'

/** Keywords that say something to people or programs, but nothing about which values are valid. */
const annotations = new Set([
  ...[
    '$schema',
    '$id',
    'id',
    '$comment',
    '$anchor',
    '$dynamicAnchor',
    '$vocabulary',
    '$defs',
    'definitions',
    'components',
  ],
  ...['title', 'description', 'default', 'examples', 'example', 'deprecated', 'readOnly', 'writeOnly'],
  ...['discriminator', 'xml', 'externalDocs', 'contentEncoding', 'contentMediaType', 'contentSchema'],
  ...['markdownDescription', 'enumNames', 'enumDescriptions', 'enumTitles', 'errorMessage', 'propertyOrdering'],
])

const enforced = new Set([
  ...['type', 'nullable', 'enum', 'const', 'not', '$ref', 'allOf', 'anyOf', 'oneOf'],
  ...['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames'],
  ...['minProperties', 'maxProperties', 'dependentRequired', 'dependentSchemas', 'dependencies'],
  ...['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems'],
  ...['contains', 'minContains', 'maxContains', 'unevaluatedItems', 'unevaluatedProperties', 'if', 'then', 'else'],
  ...['minLength', 'maxLength', 'pattern', 'format'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
])

const hints: Readonly<Record<string, string>> = {
  $dynamicRef: 'Dynamic references cannot be enforced; use "$ref"',
  $recursiveRef: 'Recursive references of draft 2019-09 cannot be enforced; use "$ref"',
}

/** Tells of keywords that are unknown, or that stand beside nothing they could belong to. */
export function checkKeywords(context: SchemaContext, schema: Subschema): void {
  for (const name of Object.keys(schema.keywords)) {
    if (enforced.has(name) || annotations.has(name) || name.startsWith('x-')) continue
    context.drop(pathOf(schema.path, name), hints[name] ?? 'This keyword is not known, so it cannot be enforced')
  }
  checkImpossible(context, schema)
}

/** Keywords that are enforced only where they ask for nothing. */
function checkImpossible(context: SchemaContext, schema: Subschema): void {
  const { keywords, path } = schema
  const refuse = (name: string, problem: string) => context.drop(pathOf(path, name), problem)
  if (keywords.contains !== undefined && (keywords.minContains !== 0 || keywords.maxContains !== undefined))
    refuse('contains', '"contains" cannot be enforced')
  if (keywords.if !== undefined && (isAsking(keywords.then) || isAsking(keywords.else)))
    refuse('if', '"if" with "then" or "else" cannot be enforced; use "anyOf"')
  const isOpen = ['$ref', 'allOf', 'anyOf', 'oneOf', 'if', 'not', 'dependentSchemas', 'dependencies'].some(
    (name) => keywords[name] !== undefined,
  )
  const refuseUnevaluated = (name: string, instead: string) => {
    if (isAsking(keywords[name]) && isOpen && keywords[instead] === undefined)
      refuse(name, `"${name}" beside other schemas cannot be enforced; use "${instead}"`)
  }
  refuseUnevaluated('unevaluatedProperties', 'additionalProperties')
  refuseUnevaluated('unevaluatedItems', 'items')
  if (isAsking(keywords.unevaluatedItems) && keywords.contains !== undefined)
    refuse('unevaluatedItems', '"unevaluatedItems" beside "contains" cannot be enforced')
}

/** Whether a schema could refuse a value. */
function isAsking(value: unknown): boolean {
  return value !== undefined && value !== true && !(isJsonObject(value) && Object.keys(value).length === 0)
}

/** Whether a schema has keywords that are more than annotations. */
export function isEmptySchema(keywords: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(keywords).every((name) => annotations.has(name) || name.startsWith('x-'))
}

/** Reads keywords and tells of those that are not what they must be. */
export class KeywordReader {
  readonly #context: SchemaContext
  readonly #schema: Subschema

  constructor(context: SchemaContext, schema: Subschema) {
    this.#context = context
    this.#schema = schema
  }

  pathOf(...names: readonly (string | number)[]): string {
    return pathOf(this.#schema.path, ...names)
  }

  /** A whole number from 0 on. */
  count(name: string): number | undefined {
    return this.#read(name, 'It must be a whole number from 0 on', (value): value is number => {
      return typeof value === 'number' && Number.isInteger(value) && value >= 0
    })
  }

  number(name: string): number | undefined {
    return this.#read(name, 'It must be a number', (value): value is number => {
      return typeof value === 'number' && Number.isFinite(value)
    })
  }

  text(name: string): string | undefined {
    return this.#read(name, 'It must be a string', (value): value is string => typeof value === 'string')
  }

  flag(name: string): boolean {
    return (
      this.#read(name, 'It must be true or false', (value): value is boolean => typeof value === 'boolean') ?? false
    )
  }

  list(name: string): readonly unknown[] | undefined {
    return this.#read(name, 'It must be a list', (value): value is readonly unknown[] => Array.isArray(value))
  }

  texts(name: string): readonly string[] | undefined {
    return this.#read(name, 'It must be a list of strings', (value): value is readonly string[] => {
      return Array.isArray(value) && value.every((each) => typeof each === 'string')
    })
  }

  map(name: string): Readonly<Record<string, unknown>> | undefined {
    return this.#read(name, 'It must be an object', isJsonObject)
  }

  #read<Value>(name: string, problem: string, isRight: (value: unknown) => value is Value): Value | undefined {
    const value = this.#schema.keywords[name]
    if (value === undefined) return undefined
    if (isRight(value)) return value
    this.#context.drop(this.pathOf(name), problem)
    return undefined
  }
}
