import { expect, test } from 'bun:test'
import { matchesGrammar } from '../../../test/match-grammar.ts'
import { TextSampler } from '../../../test/sample-text.ts'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { automatonOf } from '../automaton/automaton-of.ts'
import { automatonHas, joinAutomata, lengthAutomaton } from '../automaton/automaton-product.ts'
import { patternExpression } from './pattern-expression.ts'

const patterns = [
  '^abc$',
  'abc',
  '^a',
  'b$',
  '^[a-z]{2,4}$',
  '^(a|bc)*d+$',
  '[^a-c]',
  '^\\d{3}-\\d{4}$',
  '^\\w+@\\w+\\.com$',
  '^(?:a{2,3}){2}b?$',
  '^.$',
  '^.*$',
  '',
  '^$',
  '^(foo|bar)$',
  '(^|x)foo(y|$)',
  '^(a|^b)c',
  '^[\\w.-]+$',
  '^\\u{1F642}+$',
  '^[^\\s]+$',
  '\\.',
  '^a??b*?$',
  '^\\p{Lu}\\p{Ll}*$',
  '^[\\p{L}\\d]+$',
  '^\\P{L}$',
  '^[\\u0000-\\u001f]$',
  '^\\cA\\x41\\t$',
  '^[0-9a-fA-F]{8}$',
  '^(?<year>\\d{4})$',
  '^\\-\\_$',
  '^[a-z&&b]$',
  '^a{0}b$',
  '^(|a)$',
  '[]',
  '^a|b$',
  '^(a$|b)',
  '^\\$[0-9]+$',
]
const texts = [
  '',
  'a',
  'b',
  'c',
  'd',
  'abc',
  'xabcx',
  'aab',
  'ac',
  'bc',
  'bcd',
  'aabcdd',
  '123-4567',
  'a_1@b.com',
  'aaaab',
  'aaaaaa',
  'foo',
  'xfooy',
  'xfoo',
  'afoo',
  'foo bar',
  'bar',
  '🙂',
  '🙂🙂',
  'é',
  'Éa',
  'Abc',
  'A b',
  '\n',
  'a\nb',
  '\u0001A\t',
  '-_',
  '&',
  'z',
  ' ',
  '0123abCD',
  '2024',
  'a.b-c',
  '\u2028',
  '$12',
  'ab',
]

test('a pattern has the texts in which ECMA-262 finds it', () => {
  for (const pattern of patterns.filter((each) => each !== '[]')) {
    const grammar = { root: patternExpression(pattern), rules: {} }
    const oracle = oracleOf(pattern)
    for (const text of texts)
      expect([pattern, text, matchesGrammar(grammar, text)]).toEqual([pattern, text, oracle.test(text)])
    const sampler = new TextSampler(grammar)
    const random = new SeededRandom(7)
    for (let count = 0; count < 20; count++) {
      const text = sampler.sample(random)
      expect([pattern, text, oracle.test(text)]).toEqual([pattern, text, true])
    }
  }
})

test('an automaton has the same texts as its expression, and joins with others', () => {
  for (const pattern of patterns.filter((each) => each !== '[]')) {
    const automaton = automatonOf(patternExpression(pattern), 500)
    const other = automatonOf(patternExpression('^[ab]'), 500)
    if (!automaton || !other) throw new Error(`${pattern} is too large`)
    const oracle = oracleOf(pattern)
    const both = joinAutomata(automaton, other, { accepts: (left, right) => left && right, limit: 500 })
    const without = joinAutomata(automaton, other, { accepts: (left, right) => left && !right, limit: 500 })
    const short = joinAutomata(automaton, lengthAutomaton(1, 3), {
      accepts: (left, right) => left && right,
      limit: 5000,
    })
    if (!both || !without || !short) throw new Error(`${pattern} joined is too large`)
    for (const text of texts) {
      const has = oracle.test(text)
      const hasOther = /^[ab]/.test(text)
      const isShort = [...text].length >= 1 && [...text].length <= 3
      expect([pattern, text, automatonHas(automaton, text)]).toEqual([pattern, text, has])
      expect([pattern, text, automatonHas(both, text)]).toEqual([pattern, text, has && hasOther])
      expect([pattern, text, automatonHas(without, text)]).toEqual([pattern, text, has && !hasOther])
      expect([pattern, text, automatonHas(short, text)]).toEqual([pattern, text, has && isShort])
    }
  }
})

test('refuses what cannot be enforced, and says why', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['\\bword', /word boundaries/],
    ['(?=a)b', /lookahead can be enforced only/],
    ['^a(?=b)', /lookahead can be enforced only/],
    ['^(?!a)b|c', /lookahead can be enforced only/],
    ['^abc\\Z', /not a valid ECMA-262/],
    ['(?<!a)b', /lookbehind/],
    ['(a)\\1', /reference back/],
    ['(?i:a)', /modifiers/],
    ['a^b', /only where the text begins and ends/],
    ['(a', /not a valid ECMA-262/],
    ['(?P<year>a)', /not a valid ECMA-262/],
    ['^[]$', /no text matches/],
    ['x'.repeat(5000), /longer than 4096/],
    ['('.repeat(500) + ')'.repeat(500), /deeper than 100/],
    ['(((a{1,1000}){1,1000}){1,1000})', /counts inside of counts/],
  ]
  for (const [pattern, message] of cases) expect(() => patternExpression(pattern)).toThrow(message)
})

test('an automaton that would be too large is not made', () => {
  expect(automatonOf(patternExpression('(a|b)*a(a|b){12}$'), 500)).toBeUndefined()
  expect(automatonOf(patternExpression('a{100000}'), 500)).toBeUndefined()
})

function oracleOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    return new RegExp(pattern)
  }
}
