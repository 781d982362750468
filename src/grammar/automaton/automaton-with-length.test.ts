import { expect, test } from 'bun:test'
import { patternExpression } from '../regular-expression/pattern-expression.ts'
import { automatonOf } from './automaton-of.ts'
import { automatonHas, joinAutomata, lengthAutomaton } from './automaton-product.ts'
import { automatonWithLength } from './automaton-with-length.ts'

const patterns = ['^a*$', '^(ab|c)+$', 'b', '^a{2,5}$', '^$', '^(a|b)*c{3}$']
const ranges = [
  [0, 3],
  [2, 2],
  [1, 6],
  [4, Number.POSITIVE_INFINITY],
  [0, 0],
] as const
const texts = ['', 'a', 'b', 'ab', 'abc', 'aa', 'aaaa', 'ccc', 'abccc', 'abababab', 'aaaaaaa', 'xbx']

test('only texts of the right lengths are left, as with the automaton of all such texts', () => {
  for (const pattern of patterns)
    for (const [least, most] of ranges) {
      const automaton = automatonOf(patternExpression(pattern), 100)
      const joined = automaton && automatonWithLength(automaton, { least, most, limit: 1000 })
      const lengths = lengthAutomaton(least, Number.isFinite(most) ? most : undefined)
      const product =
        automaton && joinAutomata(automaton, lengths, { accepts: (one, other) => one && other, limit: 1000 })
      if (!joined || !product) throw new Error(`${pattern} is too large`)
      expect(joined.states.length).toBeLessThanOrEqual(product.states.length)
      for (const text of texts)
        expect([pattern, least, most, text, automatonHas(joined, text)]).toEqual([
          pattern,
          least,
          most,
          text,
          automatonHas(product, text),
        ])
    }
})

test('too many states are not made', () => {
  const automaton = automatonOf(patternExpression('^(ab)*$'), 100)
  expect(automaton && automatonWithLength(automaton, { least: 0, most: 1000, limit: 100 })).toBeUndefined()
})
