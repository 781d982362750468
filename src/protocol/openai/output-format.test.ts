import { expect, test } from 'bun:test'
import { type FormatFields, toFormat } from './output-format.ts'

const schema = { type: 'object' }

test('free text is what is asked for when nothing is', () => {
  for (const body of [{}, { response_format: null }, { response_format: { type: 'text' } }, { grammar: '' }] as const)
    expect(toFormat(body)).toBeUndefined()
})

test('a schema in the forms of OpenAI and llama-server, with the name of its place', () => {
  const cases: readonly [FormatFields, string][] = [
    [{ response_format: { type: 'json_schema', json_schema: { schema } } }, 'response_format.json_schema.schema'],
    [{ response_format: { type: 'json_schema', schema } }, 'response_format.schema'],
    [{ response_format: { type: 'json_object', schema } }, 'response_format.schema'],
    [{ json_schema: schema }, 'json_schema'],
  ]
  for (const [body, param] of cases) expect(toFormat(body)).toEqual({ format: { type: 'json-schema', schema }, param })
})

test('any JSON object', () => {
  const format = { type: 'json-object' as const }
  expect(toFormat({ response_format: { type: 'json_object' } })).toEqual({ format, param: 'response_format' })
  expect(toFormat({ response_format: { type: 'json_schema', json_schema: {} } })?.format).toEqual(format)
})

test('a grammar', () => {
  const format = { type: 'grammar' as const, grammar: 'root ::= "a"' }
  expect(toFormat({ grammar: format.grammar })).toEqual({ format, param: 'grammar' })
  expect(toFormat({ response_format: format })).toEqual({ format, param: 'response_format.grammar' })
})

test('what is missing or said twice is refused', () => {
  expect(() => toFormat({ response_format: { type: 'json_schema' } })).toThrow(
    "'response_format.json_schema': it is mi",
  )
  expect(() => toFormat({ response_format: { type: 'grammar' } })).toThrow("'response_format.grammar'")
  expect(() => toFormat({ response_format: { type: 'json_object' }, grammar: 'root ::= "a"' })).toThrow("'grammar'")
  expect(() => toFormat({ json_schema: schema, grammar: 'root ::= "a"' })).toThrow("'json_schema' says already")
})

test('what another type would say is refused, and so are two ways to say the same', () => {
  const grammar = 'root ::= "a"'
  const cases: readonly [NonNullable<FormatFields['response_format']>, string][] = [
    [{ type: 'text', schema }, 'response_format.schema'],
    [{ type: 'json_object', json_schema: { schema } }, 'response_format.json_schema'],
    [{ type: 'json_object', grammar }, 'response_format.grammar'],
    [{ type: 'grammar', grammar, schema }, 'response_format.schema'],
    [{ type: 'json_schema', json_schema: { schema }, schema }, 'response_format.schema'],
  ]
  for (const [format, param] of cases) expect(() => toFormat({ response_format: format })).toThrow(`'${param}'`)
})
