import type { JsonSchema } from '../core/generation.ts'
import { isJsonObject } from '../grammar/json-schema/json-value.ts'
import type { ParameterSyntax } from './conversation-syntax.ts'

/** A parameter that is written for itself. */
export interface SeparateParameter {
  readonly name: string
  readonly isRequired: boolean
  /** Complete: references into the whole schema's definitions work. */
  readonly schema: JsonSchema
  /** A string that stands as it is, without quotes and escapes. */
  readonly isBare: boolean
}

/** Keywords that an object's schema may have while each of its parameters can be held alone. */
const plainKeywords = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'title',
  'description',
  'examples',
  'default',
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
])

/** Keywords of strings that cannot be held without JSON's quotes. */
const heldKeywords = ['pattern', 'format', 'minLength', 'maxLength', 'not', 'anyOf', 'oneOf', 'allOf', 'if', '$ref']

/**
 * The parameters of an object, one by one; undefined where the schema says something about them together, or does not
 * name them.
 */
export function readParameters(
  schema: JsonSchema,
  syntax: ParameterSyntax,
  isExact: boolean,
): readonly SeparateParameter[] | undefined {
  const { properties, required = [], $defs, definitions } = schema
  if (!isJsonObject(properties) || !Array.isArray(required) || !isPlain(schema, isExact)) return undefined
  const names = Object.keys(properties)
  if (required.some((name) => !names.includes(name)) || !names.every((name) => canBeKey(name, syntax))) return undefined
  if (!Object.values(properties).every((each) => isJsonObject(each) && refersToDefinitions(each))) return undefined
  const shared = { ...($defs !== undefined && { $defs }), ...(definitions !== undefined && { definitions }) }
  return (syntax.isSorted ? names.toSorted() : names).map((name): SeparateParameter => {
    const own = properties[name] as JsonSchema
    return {
      name,
      isRequired: required.includes(name),
      schema: { ...shared, ...own },
      isBare: isBareString(own, syntax, isExact),
    }
  })
}

/** An exact schema without `additionalProperties` allows further ones; that nobody writes them breaks nothing. */
const isPlain = (schema: JsonSchema, isExact: boolean): boolean =>
  schema.type === 'object' && (!isExact || Object.keys(schema).every((keyword) => plainKeywords.has(keyword)))

function isBareString(schema: JsonSchema, { string }: ParameterSyntax, isExact: boolean): boolean {
  if (schema.type !== 'string') return false
  const listed = schema.enum ?? (schema.const === undefined ? [] : [schema.const])
  if (!Array.isArray(listed)) return false
  if (listed.some((each) => typeof each !== 'string' || each.includes(string.close))) return false
  return !isExact || heldKeywords.every((keyword) => !(keyword in schema))
}

/** The marks around a name must not be in it. */
function canBeKey(name: string, { afterKey, beforeKey }: ParameterSyntax): boolean {
  const end = afterKey.trimStart()[0] ?? ''
  const isEmptyFirst = beforeKey === '' && /^[}"]/.test(name)
  return name !== '' && name.trim() === name && !name.includes(end) && !isEmptyFirst
}

/** References that lead elsewhere lose their way when a parameter's schema is taken out of the whole. */
function refersToDefinitions(schema: unknown): boolean {
  const references = JSON.stringify(schema).matchAll(/"\$(?:ref|dynamicRef|recursiveRef)":("(?:[^"\\]|\\.)*")/g)
  return [...references].every(([, path = '']) => /^"#\/(\$defs|definitions)\//.test(path))
}
