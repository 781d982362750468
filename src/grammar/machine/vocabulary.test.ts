import { expect, test } from 'bun:test'
import type { TokenTable } from '../constraint.ts'
import { choice, repeat, text } from '../expressions.ts'
import { compileGrammar } from './compile-grammar.ts'
import { createConstrainer } from './constrainer.ts'
import { smallTable } from './token-table.fixture.ts'

const below = (limit: number) => Math.floor(Math.random() * limit)
/** Short texts of few letters, so that many are equal or begin alike; a few without bytes, and ends. */
const anyToken = () => (below(300) === 0 ? 'END' : Array.from({ length: below(6) }, () => 97 + below(5)))

/** A table that counts how often the bytes of each of its tokens are asked for. */
function countingTable(size: number) {
  const table = smallTable(Array.from({ length: size }, anyToken))
  const asked = new Uint32Array(size)
  const counting: TokenTable = {
    ...table,
    bytes(token) {
      asked[token] = (asked[token] ?? 0) + 1
      return table.bytes(token)
    },
  }
  return { table, counting, asked }
}

const compiled = compileGrammar({ root: repeat(choice(text('ab'), text('cade'), text('e'))), rules: {} })

test('a vocabulary is the same however much of it is read ahead of time', () => {
  const { table, counting, asked } = countingTable(5000)
  const ids = Array.from({ length: table.size }, (_, token) => token)
  const sorted = ids
    .filter((token) => !table.isEnd(token) && table.bytes(token).length > 0)
    .sort((left, right) => Buffer.compare(table.bytes(left), table.bytes(right)) || left - right)
  let steps = 0
  for (let isLeft = true; isLeft; steps++) {
    asked.fill(0)
    const constrainer = createConstrainer(counting)
    for (let step = 0; step < steps; step++) isLeft = constrainer.prepareMore()
    const constraint = constrainer.begin(compiled)
    const bits = constraint.allowedTokens()
    const allowed = ids.filter((token) => ((bits[token >> 5] ?? 0) >> (token & 31)) & 1)
    expect(allowed).toEqual(ids.filter((token) => constraint.allows(token)))
    expect([...constrainer.sortedTokens]).toEqual(sorted)
    expect(constrainer.prepareMore()).toBe(false)
    expect(Math.max(...asked)).toBe(1)
  }
  expect(steps).toBeGreaterThan(15)
})

test('no part of a large vocabulary that is read ahead of time is a large part of it', () => {
  const { counting, asked } = countingTable(100_000)
  const constrainer = createConstrainer(counting)
  const read = () => asked.reduce((sum, count) => sum + count, 0)
  let most = 0
  for (let before = 0; constrainer.prepareMore(); before = read()) most = Math.max(most, read() - before)
  expect(read()).toBeGreaterThan(99_000)
  expect(most).toBeLessThan(2000)
})

test('a table that cannot be read is read anew', () => {
  const { table } = countingTable(10)
  let isBroken = true
  const constrainer = createConstrainer({
    ...table,
    isEnd(token) {
      if (isBroken) throw new Error('not now')
      return table.isEnd(token)
    },
  })
  expect(() => constrainer.prepareMore()).toThrow('not now')
  expect(() => constrainer.begin(compiled)).toThrow('not now')
  isBroken = false
  expect(constrainer.begin(compiled).isComplete).toBe(true)
})
