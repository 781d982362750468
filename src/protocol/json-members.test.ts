import { expect, test } from 'bun:test'
import { membersOf, withMembers } from './json-members.ts'

const valuesOf = (text: string) =>
  membersOf(text).map(({ name, start, end }) => [name, text.slice(start, end)] as const)

test('the members of an object are found as they are written', () => {
  const text = String.raw` { "a" : 1.50 , "b\"}":{"x":"}{","y":[1,{"z":"\\"}]},"c":[ ],"d":"\\\"","e":null,"a":-1e400 } `
  expect(valuesOf(text)).toEqual([
    ['a', '1.50'],
    ['b"}', String.raw`{"x":"}{","y":[1,{"z":"\\"}]}`],
    ['c', '[ ]'],
    ['d', String.raw`"\\\""`],
    ['e', 'null'],
    ['a', '-1e400'],
  ])
  expect(membersOf('{}')).toEqual([])
  expect(membersOf(' { } ')).toEqual([])
})

test('a value is replaced wherever its name stands, and nothing else changes', () => {
  const text = '{"mod\\u0065l": "a", "seed": 12345678901234567890, "model":"b", "inner": {"model": "c"}}'
  expect(withMembers(text, { model: '"x"' })).toBe(
    '{"mod\\u0065l": "x", "seed": 12345678901234567890, "model":"x", "inner": {"model": "c"}}',
  )
})

test('a value that is not there comes to the end', () => {
  expect(withMembers('{"a": 1 }', { model: '"x"', b: '2' })).toBe('{"a": 1 ,"model":"x","b":2}')
  expect(withMembers('{ }', { model: '"x"' })).toBe('{ "model":"x"}')
  expect(withMembers('{"__proto__":1}', { __proto__: '2' })).toBe('{"__proto__":1}')
})

test('any object that JSON.stringify writes comes back whole', () => {
  for (let round = 0; round < 500; round++) {
    const value = Object.fromEntries(
      Array.from({ length: round % 7 }, (_, index) => [`${index}"\\{`.repeat(index), randomJson(round + index, 4)]),
    )
    const text = JSON.stringify(value, undefined, round % 3)
    expect(valuesOf(text).map(([name, inner]) => [name, JSON.parse(inner)])).toEqual(Object.entries(value))
    expect(JSON.parse(withMembers(text, { model: '"x"' }))).toEqual({ ...value, model: 'x' })
  }
})

/** Not random, but different for each seed. */
function randomJson(seed: number, depth: number): unknown {
  const kind = (seed * 7919) % (depth > 0 ? 6 : 4)
  if (kind === 0) return seed * 1.37
  if (kind === 1) return `"\\${'}'.repeat(seed % 3)}\n{[`.slice(seed % 4)
  if (kind === 2) return seed % 2 === 0
  if (kind === 3) return null
  const parts = Array.from({ length: seed % 4 }, (_, index) => randomJson(seed * 3 + index, depth - 1))
  return kind === 4 ? parts : Object.fromEntries(parts.map((part, index) => [`k${index}]`, part]))
}
