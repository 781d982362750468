import { expect, test } from 'bun:test'
import { sequence, text } from './expressions.ts'
import { RuleBook } from './rule-book.ts'

test('names are given once, also beside names that look like them', () => {
  const book = new RuleBook()
  const names = ['a', 'a-2', 'a', 'a'].map((name) => book.add(name, text(name)))
  expect(names).toEqual(['a', 'a-2', 'a-3', 'a-4'].map((name) => ({ type: 'rule', name })))
})

test('a rule that is there once is written anew after it was forgotten, and may call itself', () => {
  const book = new RuleBook()
  const ask = () =>
    book.once('list', () =>
      sequence(
        text('['),
        book.once('list', () => text('')),
        text(']'),
      ),
    )
  const before = ask()
  expect(ask()).toBe(before)
  book.remove('list')
  const after = ask()
  expect(after).toEqual({ type: 'rule', name: 'list-2' })
  expect(book.look('list-2')).toEqual(sequence(text('['), after, text(']')))
})

test('a rule that is there once does not take another one of its name for itself', () => {
  const book = new RuleBook()
  book.add('json-value', text('mine'))
  const own = book.once('json-value', () => text('any'))
  expect(book.grammar(own)).toEqual({
    root: { type: 'rule', name: 'json-value-2' },
    rules: { 'json-value': text('mine'), 'json-value-2': text('any') },
  })
})
