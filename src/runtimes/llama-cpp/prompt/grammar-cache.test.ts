import { expect, test } from 'bun:test'
import { text } from '../../../grammar/expressions.ts'
import { GrammarCache } from './grammar-cache.ts'

test('a grammar is compiled once', () => {
  const cache = new GrammarCache()
  const [grammar, other] = ['a', 'b'].map((word) => ({ root: text(word), rules: {} }))
  if (!grammar || !other) throw new Error('there are two')
  const compiled = cache.compile(grammar, undefined)
  expect(cache.compile(other, undefined)).not.toBe(compiled)
  expect(cache.compile(grammar, undefined)).toBe(compiled)
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
