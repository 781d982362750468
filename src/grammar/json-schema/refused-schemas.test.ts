import { expect, test } from 'bun:test'
import { matchesGrammar } from '../../../test/match-grammar.ts'
import { RuleBook } from '../rule-book.ts'
import { jsonSchemaExpression, jsonSchemaGrammar } from './json-schema.ts'
import { SchemaProblem, type SchemaWarning } from './schema-problem.ts'

const cat = { type: 'object', properties: { a: { type: 'string' } } }

const refused: readonly (readonly [schema: unknown, path: string, problem: RegExp])[] = [
  [
    { type: 'object', properties: { age: { type: 'integer', multipleOf: 99991 } } },
    's.properties.age.multipleOf',
    /so wide a range/,
  ],
  [{ properties: { 'a b': { pattern: '(?<=x)' } } }, 's.properties["a b"].pattern', /lookbehind/],
  [{ type: 'array', items: { type: 'string', format: 'markdown' } }, 's.items.format', /format "markdown"/],
  [{ type: 'string', format: 'regex' }, 's.format', /format "regex"/],
  [{ type: 'array', contains: {} }, 's.contains', /cannot be enforced/],
  [{ type: 'array', items: { type: 'string' }, uniqueItems: true }, 's.uniqueItems', /enum/],
  [{ type: 'array', prefixItems: [{}, {}], uniqueItems: true }, 's.uniqueItems', /prefixItems/],
  [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, 's.oneOf', /use "anyOf"/],
  [{ oneOf: [cat, { ...cat, required: ['a'] }] }, 's.oneOf', /"const"/],
  [JSON.parse('{"if": {}, "then": {"type": "null"}}'), 's.if', /use "anyOf"/],
  [{ not: { required: ['a'] } }, 's.not', /only with one of/],
  [{ type: 'integer', not: { const: 3 } }, 's.not', /numbers/],
  [{ allOf: [cat], unevaluatedProperties: false }, 's.unevaluatedProperties', /additionalProperties/],
  [
    { prefixItems: [true], $ref: '#/$defs/a', $defs: { a: {} }, unevaluatedItems: false },
    's.unevaluatedItems',
    /items/,
  ],
  [{ $dynamicRef: '#a' }, 's.$dynamicRef', /use "\$ref"/],
  [{ type: 'string', minLenght: 3 }, 's.minLenght', /not known/],
  [{ $ref: 'https://example.com/schema' }, 's.$ref', /into this schema/],
  [{ $ref: '#/$defs/missing' }, 's.$ref', /nothing at/],
  [{ $ref: '#nowhere' }, 's.$ref', /\$anchor/],
  [{ anyOf: [{ $ref: '#' }] }, 's', /itself without end/],
  [{ type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }, 's', /without end/],
  [{ enum: [] }, 's.enum', /at least one/],
  [{ type: 'string', enum: [1, 2] }, 's.enum', /None of these values/],
  [{ type: 'integer', minimum: 3, maximum: 2 }, 's.minimum', /between/],
  [{ type: 'integer', minimum: 2.2, maximum: 2.8 }, 's.minimum', /between/],
  [{ type: 'integer', minimum: 1e300 }, 's.minimum', /2\^53/],
  [{ type: 'integer', multipleOf: 10, minimum: 1, maximum: 9 }, 's.multipleOf', /No value/],
  [
    { type: 'object', properties: { a: { type: 'string', minLength: 3, maxLength: 2 } } },
    's.properties.a.minLength',
    /at most 2/,
  ],
  [{ type: 'string', pattern: '^a{3}$', maxLength: 2 }, 's.pattern', /No value/],
  [{ allOf: [{ type: 'string', pattern: '^a$' }, { pattern: '^b$' }] }, 's.allOf[0].pattern', /No value/],
  [{ type: 'array', minItems: 3, maxItems: 2 }, 's.minItems', /at most 2/],
  [{ type: 'array', prefixItems: [true], items: false, minItems: 2 }, 's.items', /No value/],
  [{ type: 'object', properties: { a: false }, required: ['a'] }, 's.required', /"a" is required, but not allowed/],
  [{ type: 'object', required: ['a', 'b'], maxProperties: 1 }, 's.maxProperties', /2 properties are required/],
  [{ type: 'object', minProperties: 2 }, 's.minProperties', /counted on/],
  [{ allOf: [{ type: 'string' }, { type: 'integer' }] }, 's.allOf[1].type', /No type is left/],
  [{ type: 'text' }, 's.type', /one of object, array/],
  [{ type: 'string', minLength: -1 }, 's.minLength', /whole number/],
  [{ type: 'object', properties: [] }, 's.properties', /must be an object/],
  [{ type: 'object', properties: { a: 'string' } }, 's.properties.a', /object or a boolean/],
  [{ type: 'object', required: 'a' }, 's.required', /list of strings/],
  [{ anyOf: [] }, 's.anyOf', /at least one/],
  [{ const: '\ud800' }, 's.const', /surrogate/],
  [{ type: 'integer', multipleOf: 0 }, 's.multipleOf', /greater than 0/],
  [false, 's', /no value is valid/],
  ['string', 's', /object or a boolean/],
]

test('what cannot be enforced, and what no value satisfies, is refused by the path of its keyword', () => {
  for (const [schema, path, problem] of refused) {
    const found = problemOf(schema)
    expect([schema, found?.path]).toEqual([schema, path])
    expect(found?.problem).toMatch(problem)
  }
})

test('a branch that no value satisfies does not matter beside one that some value does', () => {
  const grammar = jsonSchemaGrammar({ anyOf: [{ type: 'string', minLength: 2, maxLength: 1 }, { type: 'null' }] }, 's')
  expect(matchesGrammar(grammar, 'null')).toBe(true)
})

test('when relaxed, what cannot be enforced is dropped and told, and the rest is enforced', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string', pattern: '(?<=x)', maxLength: 2 }, b: { type: 'integer', minimun: 3 } },
    required: ['a'],
    additionalProperties: false,
    contains: {},
  }
  const warnings: SchemaWarning[] = []
  const book = new RuleBook()
  const grammar = book.grammar(jsonSchemaExpression(schema, { book, at: 'tool', isRelaxed: true, warnings }))
  expect(matchesGrammar(grammar, '{"a": "ab", "b": 1}')).toBe(true)
  expect(matchesGrammar(grammar, '{"a": "abc"}')).toBe(false)
  expect(matchesGrammar(grammar, '{"b": 1}')).toBe(false)
  expect(warnings.map(({ path }) => path).sort()).toEqual([
    'tool.contains',
    'tool.properties.a.pattern',
    'tool.properties.b.minimun',
  ])
})

test('a relaxed schema is never refused, whatever it is', () => {
  for (const [schema] of refused) {
    const warnings: SchemaWarning[] = []
    const book = new RuleBook()
    const root = jsonSchemaExpression(schema, { book, at: 'tool', isRelaxed: true, isObject: true, warnings })
    expect([schema, warnings.length > 0 || matchesGrammar(book.grammar(root), '{}')]).toEqual([schema, true])
    for (const rule of Object.values(book.grammar(root).rules))
      expect(rule).not.toEqual({ type: 'choice', options: [] })
  }
})

test('arguments are objects, whatever the schema leaves open', () => {
  const book = new RuleBook()
  const grammar = book.grammar(jsonSchemaExpression({}, { book, at: 'tool', isObject: true }))
  expect(matchesGrammar(grammar, '{"a": 1}')).toBe(true)
  expect(matchesGrammar(grammar, '1')).toBe(false)
})

test('several schemas stand in one book without disturbing each other', () => {
  const book = new RuleBook()
  const make = (value: number) => ({
    type: 'object',
    properties: { a: { type: 'array', items: { const: value } } },
    required: ['a'],
  })
  const one = jsonSchemaExpression(make(1), { book, at: 's' })
  expect(() => jsonSchemaExpression({ ...make(3), contains: {} }, { book, at: 's' })).toThrow(SchemaProblem)
  const two = jsonSchemaExpression(make(2), { book, at: 's' })
  expect(matchesGrammar(book.grammar(one), '{"a": [1, 1]}')).toBe(true)
  expect(matchesGrammar(book.grammar(two), '{"a": [1]}')).toBe(false)
  expect(matchesGrammar(book.grammar(two), '{"a": [2]}')).toBe(true)
})

test('a schema that need not be enforced wholly, and is too large, leaves any arguments', () => {
  let schema: unknown = {}
  for (let level = 0; level < 100; level++) schema = { type: 'object', properties: { any: {}, deeper: schema } }
  const book = new RuleBook()
  const warnings: SchemaWarning[] = []
  const written = jsonSchemaExpression(schema, { book, at: 's', isRelaxed: true, isObject: true, warnings })
  expect(warnings).toHaveLength(1)
  expect(matchesGrammar(book.grammar(written), '{"a": [1, {}]}')).toBe(true)
})

test('a hostile schema is refused soon, for its size or for its depth', () => {
  const nested = (count: number, wrap: (inner: unknown) => unknown) => {
    let schema: unknown = { type: 'string' }
    for (let level = 0; level < count; level++) schema = wrap(schema)
    return schema
  }
  const many = <Item>(count: number, make: (index: number) => Item) =>
    Array.from({ length: count }, (_, index) => make(index))
  const hostile: readonly unknown[] = [
    nested(20_000, (inner) => ({ type: 'array', items: inner })),
    nested(20_000, (inner) => ({ allOf: [inner] })),
    { const: nested(50_000, (inner) => [inner]) },
    { allOf: many(20, (one) => ({ anyOf: many(10, (other) => ({ properties: { [`p${one}`]: { const: other } } })) })) },
    { anyOf: many(100_000, (index) => ({ const: index })) },
    { enum: many(500_000, (index) => `value ${index}`) },
    { properties: Object.fromEntries(many(100_000, (index) => [`property ${index}`, {}])) },
    { required: many(100_000, (index) => `property ${index}`) },
    { type: 'string', pattern: '(.*a){100}', minLength: 300, maxLength: 10_000 },
    { type: 'string', pattern: 'a{100000}b'.repeat(400), maxLength: 5000 },
    Object.fromEntries(many(200_000, (index) => [`x-${index}`, 1])),
    {
      properties: Object.fromEntries(
        many(200, (index) => [`p${index}`, { type: 'string', format: 'uri-reference', maxLength: 20 + index }]),
      ),
    },
    { type: 'string', not: { enum: many(2000, (index) => `value ${index}`) } },
    {
      additionalProperties: {},
      properties: Object.fromEntries(many(100, (index) => [`${index}`.repeat(50_000), {}])),
    },
  ]
  for (const schema of hostile) {
    const start = performance.now()
    expect(problemOf(schema)).toBeInstanceOf(SchemaProblem)
    expect(performance.now() - start).toBeLessThan(1000)
  }
})

function problemOf(schema: unknown): SchemaProblem | undefined {
  try {
    jsonSchemaGrammar(schema, 's')
    return undefined
  } catch (error) {
    if (error instanceof SchemaProblem) return error
    throw error
  }
}
