import { expect, test } from 'bun:test'
import { argumentsProblem } from './call-arguments.ts'
import { readInput } from './responses/read-input.ts'

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

test.each([
  ['half an object', '{', 'not JSON'],
  ['a list', '[1]', 'something else'],
  ['null', 'null', 'something else'],
  ['300 levels', nested(300), 'deeper than 256'],
])('%s is refused as arguments', (_, text, problem) => {
  expect(argumentsProblem(text)).toContain(problem)
})

test('an object is one, to some depth', () => {
  expect(argumentsProblem('{"a": [1]}')).toBeUndefined()
  expect(argumentsProblem(nested(200))).toBeUndefined()
})

test('a call in the input of a response is refused by its place', () => {
  const context = { before: new Set<string>(), find: () => undefined, newId: (prefix: string) => `${prefix}1` }
  const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: nested(300) } as const
  expect(() => readInput([call], context)).toThrow("'input[0].arguments'")
})
