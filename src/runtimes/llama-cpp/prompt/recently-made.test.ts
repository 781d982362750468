import { expect, test } from 'bun:test'
import { text } from '../../../grammar/expressions.ts'
import { RecentlyMade } from './recently-made.ts'

const make = (word: string) => ({ grammar: { root: text(word), rules: {} } })

test('what was made of equal data is the same for as long as it is among the last ones', () => {
  const made = new RecentlyMade(({ word }: { word: string }) => make(word))
  const first = made.of({ word: 'first' })
  for (let index = 0; index < 100; index++) {
    expect(made.of({ word: `other ${index}` })).toEqual(make(`other ${index}`))
    if (index % 20 === 0) expect(made.of({ word: 'first' })).toBe(first)
  }
  for (let index = 0; index < 32; index++) made.of({ word: `other ${index}` })
  expect(made.of({ word: 'first' })).not.toBe(first)
})

test('few large grammars take the place of many small ones', () => {
  const made = new RecentlyMade((size: number) => make('a'.repeat(size)))
  const small = made.of(1)
  for (let more = 0; more < 3; more++) expect(made.of(3_000_000 + more)).toBe(made.of(3_000_000 + more))
  expect(made.of(1)).not.toBe(small)
})

test('what cannot be made is refused each time', () => {
  let times = 0
  const made = new RecentlyMade(() => {
    throw new Error(`refused ${++times}`)
  })
  expect(() => made.of('this')).toThrow('refused 1')
  expect(() => made.of('this')).toThrow('refused 2')
})
