import { expect, test } from 'bun:test'
import { matchesGrammar } from '../../test/match-grammar.ts'
import { sequence, text } from './expressions.ts'
import { oneOfTexts, textUntil, textWithout } from './free-text.ts'
import { RuleBook } from './rule-book.ts'

const texts = [
  '',
  'a',
  'ab',
  'aab',
  'abab',
  'aabab',
  'ababa',
  'xaba',
  'abaabab',
  'é abab 🙂',
  'ababab',
  'aababb',
  'b',
  'abba',
]

test('a text without stops holds none of them', () => {
  for (const stops of [['abab'], ['ab', 'aabb'], ['aba', 'b'], ['a'], ['🙂', 'ba']]) {
    const book = new RuleBook()
    const grammar = book.grammar(textWithout(book, ...stops))
    for (const each of texts)
      expect([each, stops, matchesGrammar(grammar, each)]).toEqual([
        each,
        stops,
        !stops.some((stop) => each.includes(stop)),
      ])
  }
})

test('a text until a stop ends with the first stop there is', () => {
  for (const stops of [['abab'], ['ab', 'aabb'], ['aba', 'b'], ['ba', '🙂']]) {
    const book = new RuleBook()
    const grammar = book.grammar(textUntil(book, ...stops))
    for (const each of texts) {
      const isFirst =
        stops.some((stop) => each.endsWith(stop)) &&
        !stops.some((stop) => [...each].slice(0, -1).join('').includes(stop))
      expect([each, stops, matchesGrammar(grammar, each)]).toEqual([each, stops, isFirst])
    }
  }
})

test('one of several texts shares what they begin with', () => {
  const words = ['car', 'cart', 'dog', 'care', '', 'do']
  const grammar = new RuleBook().grammar(oneOfTexts(words))
  for (const word of [...words, 'c', 'ca', 'd', 'cares', 'x'])
    expect([word, matchesGrammar(grammar, word)]).toEqual([word, words.includes(word)])
  expect(oneOfTexts(['xy', 'xz'])).toEqual(sequence(text('x'), { type: 'choice', options: [text('y'), text('z')] }))
})

test('rules keep names of their own', () => {
  const book = new RuleBook()
  const first = book.add('value', text('a'))
  const second = book.add('value', text('b'))
  const third = book.add('value-2', text('c'))
  expect(book.grammar(sequence(first, second, third)).rules).toEqual({
    value: text('a'),
    'value-2': text('b'),
    'value-2-2': text('c'),
  })
})
