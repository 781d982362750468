import type { TSchema } from '@sinclair/typebox'

/** What a schema allows, as words that complete "expected …". */
export function expected(schema: TSchema): string {
  if (typeof schema.patternErrorMessage === 'string') return schema.patternErrorMessage
  if (Array.isArray(schema.anyOf)) return alternatives((schema.anyOf as TSchema[]).map(expected))
  if (schema.const !== undefined) return `${schema.const}`
  switch (schema.type) {
    case 'integer':
      return `a whole number${bounds(schema)}`
    case 'number':
      return `a number${bounds(schema)}`
    case 'boolean':
      return 'true or false'
    case 'string':
      return schema.minLength ? 'a text that is not empty' : 'a text'
    case 'array':
      return schema.minItems ? `a list of at least ${schema.minItems}` : 'a list'
    default:
      return schema.maxProperties === 1
        ? `exactly one of the keys ${alternatives(Object.keys(schema.properties))}`
        : 'a group of keys with values'
  }
}

/** What was found, short enough for a line. */
export function found(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value === null) return 'nothing'
  if (typeof value === 'object') return 'a group of keys with values'
  if (typeof value !== 'string') return `${value}`
  // A password in an address would be shown to whoever reads the message.
  const shown = value.replace(/\/\/[^/\s@]*@/g, '//…@')
  return `the text ${JSON.stringify(shown.length > 60 ? `${shown.slice(0, 60)}…` : shown)}`
}

/** Joins words as in "a, b or c". */
export const alternatives = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

function bounds(schema: TSchema): string {
  const { minimum, exclusiveMinimum, maximum } = schema
  const upper = maximum === undefined || maximum >= 2 ** 31 - 1 ? undefined : maximum
  if (exclusiveMinimum !== undefined)
    return ` above ${exclusiveMinimum}${upper === undefined ? '' : `, up to ${upper}`}`
  if (minimum === undefined) return ''
  return upper === undefined ? ` of at least ${minimum}` : ` from ${minimum} to ${upper}`
}
