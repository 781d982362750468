import type { TSchema } from '@sinclair/typebox'

/** Longest text that an error repeats; anything longer could be a prompt. */
const longestShownText = 32

/** What a schema wants, for a person: `an integer of at least 1`. The schema's own `expected` goes before all else. */
export function describeExpected(schema: TSchema): string {
  if (typeof schema.expected === 'string') return schema.expected
  if (schema.const !== undefined) return quote(schema.const)
  if (Array.isArray(schema.anyOf)) return describeUnion(schema.anyOf)
  switch (schema.type) {
    case 'string':
      return schema.minLength ? 'a non-empty string' : 'a string'
    case 'integer':
      return `an integer${describeRange(schema)}`
    case 'number':
      return `a number${describeRange(schema)}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return `a list${describeCount(schema)}`
    case 'null':
      return 'null'
    default:
      return schema.maxProperties === undefined ? 'an object' : `an object of at most ${schema.maxProperties} fields`
  }
}

function describeUnion(variants: readonly TSchema[]): string {
  const real = variants.filter((variant) => variant.type !== 'null')
  const texts = [...new Set(real.map(describeExpected))]
  if (texts.length > 1 && real.every((variant) => variant.const !== undefined)) return `one of ${texts.join(', ')}`
  return texts.join(' or ')
}

function describeRange({ minimum, maximum }: TSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  if (minimum !== undefined) return ` of at least ${minimum}`
  return maximum !== undefined ? ` of at most ${maximum}` : ''
}

function describeCount({ minItems, maxItems }: TSchema): string {
  if (minItems !== undefined && maxItems !== undefined) return ` of ${minItems} to ${maxItems} items`
  if (minItems !== undefined) return ` of at least ${minItems} item${minItems === 1 ? '' : 's'}`
  return maxItems !== undefined ? ` of at most ${maxItems} items` : ''
}

/** What a value is, for a person, without ever repeating a text that may be a prompt. */
export function describeFound(value: unknown, wanted: TSchema): string {
  if (value === null) return 'null'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${count(value.length, 'item')}`
  if (typeof value !== 'string') return `an object${describeFields(value, wanted)}`
  if (value === '') return 'an empty string'
  if (value.length <= longestShownText && !wantsText(wanted)) return quote(value)
  return `a string of ${count(value.length, 'character')}`
}

/** Where it is too many fields that are wrong, their number. */
function describeFields(value: unknown, { maxProperties }: TSchema): string {
  const fields = Object.keys(value ?? {}).length
  return maxProperties !== undefined && fields > maxProperties ? ` of ${count(fields, 'field')}` : ''
}

/** Whether free text belongs at this place, so that what stands there may be a prompt. */
function wantsText(schema: TSchema): boolean {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.some((variant: TSchema) => wantsText(variant))
  if (schema.const !== undefined) return false
  return !['integer', 'number', 'boolean', 'null'].includes(schema.type)
}

const quote = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value))
const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
