import { expect, test } from 'bun:test'
import { matchesGrammar } from '../../../test/match-grammar.ts'
import { TextSampler } from '../../../test/sample-text.ts'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { jsonValidator } from '../../../test/validate-json.ts'
import { accepted } from './accepted-schemas.fixture.ts'
import { jsonSchemaGrammar } from './json-schema.ts'

test('each keyword lets the right texts through, and no others', () => {
  for (const [schema, right, wrong] of accepted) {
    const grammar = jsonSchemaGrammar(schema, 'schema')
    for (const text of right) expect([schema, text, matchesGrammar(grammar, text)]).toEqual([schema, text, true])
    for (const text of wrong) expect([schema, text, matchesGrammar(grammar, text)]).toEqual([schema, text, false])
  }
})

test('all texts of these schemas are valid', () => {
  for (const [schema, right] of accepted) {
    const validate = jsonValidator(schema)
    const sampler = new TextSampler(jsonSchemaGrammar(schema, 'schema'))
    const random = new SeededRandom(5)
    for (const text of right) expect([schema, text, validate(text)]).toEqual([schema, text, undefined])
    for (let count = 0; count < 20; count++) {
      const text = sampler.sample(random)
      expect([schema, text, validate(text)]).toEqual([schema, text, undefined])
    }
  }
})

test('names that are not declared are never one of the declared, however they are written', () => {
  const schema = {
    type: 'object',
    properties: { 'a"b': { const: 1 }, a: { const: 1 }, 'é\n': { const: 1 } },
    additionalProperties: { const: 2 },
  }
  const grammar = jsonSchemaGrammar(schema, 'schema')
  for (const name of ['"a\\"b"', '"a"', '"é\\n"', '"\\u0061"', '"a\\u0022b"', '"\\u00e9\\n"', '"é\\u000a"'])
    expect([name, matchesGrammar(grammar, `{${name}: 2}`)]).toEqual([name, false])
  for (const name of ['""', '"a\\""', '"a\\"bc"', '"é"', '"aa"', '"\\u0001"', '"b"'])
    expect([name, matchesGrammar(grammar, `{${name}: 2}`)]).toEqual([name, true])
})

test('what the schema forces stands in the grammar as one text', () => {
  const schema = {
    type: 'object',
    properties: { a: { const: 'x' }, b: { type: 'integer' } },
    required: ['a', 'b'],
    additionalProperties: false,
  }
  const { root, rules } = jsonSchemaGrammar(schema, 'schema')
  const rule = root.type === 'rule' ? rules[root.name] : root
  expect(rule?.type === 'sequence' ? rule.parts[0] : rule).toEqual({ type: 'text', text: '{"a": "x", "b": ' })
})

test('large counts are counted, not written out', () => {
  const schema = { type: 'array', items: { type: 'string', maxLength: 65536, pattern: '^[a-z]+$' }, maxItems: 100_000 }
  expect(JSON.stringify(jsonSchemaGrammar(schema, 'schema')).length).toBeLessThan(1000)
})
