import { expect, test } from 'bun:test'
import { text } from '../../../grammar/expressions.ts'
import { GrammarCache } from './grammar-cache.ts'

const grammarOf = (word: string) => ({ root: text(word), rules: {} })

test('a grammar is compiled once for as long as it is among the last ones', () => {
  const cache = new GrammarCache()
  const first = cache.compile(grammarOf('first'), undefined)
  for (let index = 0; index < 100; index++) {
    cache.compile(grammarOf(`other ${index}`), undefined)
    if (index % 20 === 0) expect(cache.compile(grammarOf('first'), undefined)).toBe(first)
  }
  for (let index = 0; index < 32; index++) cache.compile(grammarOf(`other ${index}`), undefined)
  expect(cache.compile(grammarOf('first'), undefined)).not.toBe(first)
})

test('few large grammars take the place of many small ones', () => {
  const cache = new GrammarCache()
  const first = cache.compile(grammarOf('first'), undefined)
  for (let index = 0; index < 3; index++) {
    const large = grammarOf(`${index}`.repeat(3_000_000))
    expect(cache.compile(large, undefined)).toBe(cache.compile(large, undefined))
  }
  expect(cache.compile(grammarOf('first'), undefined)).not.toBe(first)
})

test('a grammar that nothing can be written in is refused by the parameter that it came in', () => {
  const cache = new GrammarCache()
  const endless = { root: { type: 'rule', name: 'absent' }, rules: {} } as const
  const problem = (work: () => unknown) => {
    try {
      return work()
    } catch (error) {
      return error
    }
  }
  const refusals = [undefined, { type: 'json-object' }, { type: 'grammar', grammar: '' }] as const
  expect(refusals.map((format) => problem(() => cache.compile(endless, format)))).toMatchObject(
    ['tools', 'response_format', 'grammar'].map((param) => ({ code: 'invalid_parameter', facts: { param } })),
  )
})
