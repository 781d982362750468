import { expect, test } from 'bun:test'
import { readPattern } from '../../grammar/check-request.ts'
import { toGuided } from './guided-format.ts'
import { toFormat } from './output-format.ts'

const schema = { type: 'object' }

test('schemas, patterns, grammars and choices, in both spellings of vLLM', () => {
  const cases = [
    ['json', schema, { type: 'json-schema', schema }],
    ['json', '{"type":"object"}', { type: 'json-schema', schema }],
    ['regex', 'a+', { type: 'pattern', pattern: 'a+' }],
    ['grammar', 'root ::= "a"', { type: 'grammar', grammar: 'root ::= "a"' }],
  ] as const
  for (const [name, value, format] of cases) {
    expect(toGuided({ [`guided_${name}`]: value })).toEqual([{ format, param: `guided_${name}` }])
    const param = `structured_outputs.${name}`
    expect(toGuided({ structured_outputs: { [name]: value } })).toEqual([{ format, param }])
  }
  expect(toFormat({ structured_outputs: { json_object: true } })?.format).toEqual({ type: 'json-object' })
})

test('choices are texts, whatever characters they are made of', () => {
  const choices = ['a.b', 'c|d', '(\\-)', '[\n]', '^x$', '\u{1f600}/-']
  const [asked] = toGuided({ guided_choice: choices })
  if (asked?.format.type !== 'pattern') throw new Error('no pattern')
  const pattern = new RegExp(`^(?:${asked.format.pattern})$`, 'u')
  for (const text of choices) expect(pattern.test(text), text).toBe(true)
  for (const text of ['axb', 'c', 'd', '']) expect(pattern.test(text), text).toBe(false)
  expect(readPattern(asked.format.pattern, 'x')).toBeObject()
})

test('nothing is asked for by nulls, and what is no schema or said twice is refused', () => {
  expect(toFormat({ guided_json: null, structured_outputs: { json: null, json_object: false } })).toBeUndefined()
  for (const json of ['{', '[1]', '1', `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`])
    expect(() => toGuided({ guided_json: json }), json).toThrow("'guided_json': expected a JSON Schema")
  expect(() => toFormat({ guided_json: schema, structured_outputs: { regex: 'a' } })).toThrow(
    'structured_outputs.regex',
  )
})
