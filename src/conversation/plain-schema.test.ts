import { expect, test } from 'bun:test'
import { plainSchema } from './plain-schema.ts'

test('a schema has one word as its type everywhere, and no references', () => {
  const schema = {
    type: 'object',
    properties: {
      a: { type: ['null', 'integer'] },
      b: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/b' }], description: 'B.' },
      c: { enum: [1, 2] },
      d: { items: { enum: ['x'] } },
      e: true,
    },
    $defs: { b: { type: 'string', maxLength: 3 } },
  }
  expect(plainSchema(schema)).toEqual({
    type: 'object',
    properties: {
      a: { type: 'integer' },
      b: { type: 'string', maxLength: 3, description: 'B.' },
      c: { type: 'number', enum: [1, 2] },
      d: { type: 'array', items: { type: 'string', enum: ['x'] } },
      e: { type: 'string' },
    },
  })
})

test('a schema that contains itself is cut', () => {
  const schema = { type: 'object', properties: { next: { $ref: '#' }, more: { $ref: '#/properties/next' } } }
  expect(() => JSON.stringify(plainSchema(schema))).not.toThrow()
  const list = {
    $ref: '#/$defs/list',
    $defs: { list: { type: 'object', properties: { next: { $ref: '#/$defs/list' } } } },
  }
  expect(plainSchema(list)).toEqual({ type: 'object', properties: { next: { type: 'object' } } })
})

test('a reference that leads nowhere is a string', () => {
  expect(plainSchema({ $ref: '#/$defs/gone' })).toEqual({ type: 'string' })
})
