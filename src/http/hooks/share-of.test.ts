import { expect, test } from 'bun:test'
import { shareOf } from './share-of.ts'

const of = (authorization?: string) => shareOf(new Headers(authorization === undefined ? {} : { authorization }))

test('a key has one label, however its scheme is written, and another key another one', () => {
  expect(of('Bearer sk-one')).toBe(of('bearer  sk-one'))
  expect(of('Bearer sk-one')).not.toBe(of('Bearer sk-two'))
})

test('the label does not tell the key', () => {
  expect(of('Bearer sk-one')).toMatch(/^key-[0-9a-f]{32}$/)
})

test('who has no key is anonymous, and no key is taken for that', () => {
  for (const none of [undefined, '', 'Bearer', 'Bearer  ', 'Basic dXNlcjpwYXNz']) expect(of(none)).toBe('anonymous')
  expect(of('Bearer anonymous')).not.toBe('anonymous')
})
