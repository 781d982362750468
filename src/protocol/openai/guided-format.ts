import { ServerError } from '../../core/errors.ts'
import type { JsonSchema, OutputFormat } from '../../core/generation.ts'
import { isTooDeep } from '../json-depth.ts'
import type { GuidedFields } from './guided-format.wire.ts'
import type { AskedFormat } from './output-format.ts'

/** All that is said of the format of an answer in vLLM's spelling. Throws `invalid_parameter` for JSON that is none. */
export function toGuided(body: GuidedFields): readonly AskedFormat[] {
  const { guided_json: json, guided_regex: regex, guided_choice: choice, guided_grammar: grammar } = body
  return [
    ...fromGuide({ json, regex, choice, grammar }, (name) => `guided_${name}`),
    ...fromGuide(body.structured_outputs ?? {}, (name) => `structured_outputs.${name}`),
  ]
}

type Structured = NonNullable<GuidedFields['structured_outputs']>
type Guide = { readonly [Name in keyof Structured]?: Structured[Name] | undefined }

function fromGuide(guide: Guide, paramOf: (name: keyof Guide) => string): readonly AskedFormat[] {
  const { json, json_object: isObject, regex, choice, grammar } = guide
  const formats: Partial<Record<keyof Guide, OutputFormat>> = {
    ...(json && { json: { type: 'json-schema', schema: toSchema(json, paramOf('json')) } }),
    ...(isObject && { json_object: { type: 'json-object' } }),
    ...(regex && { regex: { type: 'pattern', pattern: regex } }),
    ...(choice && { choice: { type: 'grammar', grammar: `root ::= ${choice.map(literally).join(' | ')}` } }),
    ...(grammar && { grammar: { type: 'grammar', grammar } }),
  }
  return Object.entries(formats).map(([name, format]) => ({ format, param: paramOf(name as keyof Guide) }))
}

/** This text alone, in GBNF. */
const literally = (text: string) => `"${text.replace(/[\\"\p{Cc}]/gu, (character) => `\\x${hex(character)}`)}"`

const hex = (character: string) => (character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')

function toSchema(json: object | string, param: string): JsonSchema {
  const value = typeof json === 'string' ? parse(json) : json
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isTooDeep(value))
    return value as JsonSchema
  const problem = 'expected a JSON Schema, as an object or as its JSON text'
  throw new ServerError('invalid_parameter', { param, problem })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
