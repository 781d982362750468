import { expect, test } from 'bun:test'
import { readGrammar } from '../../grammar/check-request.ts'
import { shortestText } from '../../runtimes/fake/shortest-text.ts'
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
  for (const text of ['a.b', 'c|d', '(\\-)', '["\n\0\u0085"]', '^x$', '\u{1f600}/-', '\\x41', 'ä'.repeat(9000)]) {
    const [asked] = toGuided({ guided_choice: [text, `${text}more`] })
    if (asked?.format.type !== 'grammar') throw new Error('no grammar')
    expect(shortestText(readGrammar(asked.format.grammar, 'x'))).toBe(text)
  }
})

test('nothing is asked for by nulls, and what is no schema or said twice is refused', () => {
  expect(toFormat({ guided_json: null, structured_outputs: { json: null, json_object: false } })).toBeUndefined()
  for (const json of ['{', '[1]', '1', `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`])
    expect(() => toGuided({ guided_json: json }), json).toThrow("'guided_json': expected a JSON Schema")
  expect(() => toFormat({ guided_json: schema, structured_outputs: { regex: 'a' } })).toThrow(
    'structured_outputs.regex',
  )
})
