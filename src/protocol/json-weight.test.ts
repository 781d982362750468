import { expect, test } from 'bun:test'
import { deepestJson, isTooDeep } from './json-depth.ts'
import { weighJson } from './json-weight.ts'

const weightOf = (value: unknown) => weighJson(JSON.stringify(value))

test('tells the depth that a value has', () => {
  expect(weighJson('1').depth).toBe(0)
  expect(weighJson('[]').depth).toBe(1)
  expect(weighJson('[[],[[]],{}]').depth).toBe(3)
  for (const levels of [deepestJson, deepestJson + 1]) {
    const value = Array.from({ length: levels }).reduce<unknown>(
      (inner, _, index) => (index % 2 ? [inner] : { inner }),
      1,
    )
    expect(weightOf(value).depth).toBe(levels)
    expect(isTooDeep(value)).toBe(levels > deepestJson)
  }
})

test('counts values', () => {
  expect(weighJson('[1,2,3]').values).toBe(4)
  expect(weightOf(Array.from({ length: 1000 }, () => ({ a: 1, b: [] }))).values).toBe(4001)
})

test('takes nothing within a string for a mark', () => {
  for (const text of ['[[{{,,,', '\\', '\\\\', '"', '\\"[', '"[', '[\\'])
    expect(weightOf({ [text]: text })).toEqual({ depth: 1, values: 2 })
})

test('looks at each character once, also of a text that is all escapes, or has no end', () => {
  const began = performance.now()
  weighJson(`"${'\\\\'.repeat(4_000_000)}"`)
  weighJson(`"${'\\"'.repeat(4_000_000)}`)
  weighJson('"'.repeat(8_000_000))
  expect(performance.now() - began).toBeLessThan(5000)
})
