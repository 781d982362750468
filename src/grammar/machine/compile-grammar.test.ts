import { expect, test } from 'bun:test'
import { character, choice, never, nothing, optional, repeat, sequence, text } from '../expressions.ts'
import type { Expression, Grammar } from '../grammar.ts'
import { compileGrammar } from './compile-grammar.ts'
import { createConstrainer } from './constrainer.ts'
import { GrammarError } from './grammar-error.ts'
import { byteTable } from './token-table.fixture.ts'

const rule = (name: string): Expression => ({ type: 'rule', name })

function faultOf(grammar: Grammar): string {
  try {
    compileGrammar(grammar)
    return 'none'
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error
    return `${error.fault} ${error.rule}`
  }
}

test('an unknown rule is told by its name, also where no text gets to it', () => {
  expect(faultOf({ root: rule('Missing'), rules: {} })).toBe('unknown-rule Missing')
  expect(faultOf({ root: text('a'), rules: { unused: sequence(text('b'), rule('toString')) } })).toBe(
    'unknown-rule toString',
  )
})

test('left recursion is refused, also through other rules and behind parts that may be empty', () => {
  const tail = text('x')
  expect(faultOf({ root: rule('A'), rules: { A: choice(sequence(rule('A'), tail), tail) } })).toBe('left-recursion A')
  expect(faultOf({ root: rule('A'), rules: { A: choice(rule('B'), tail), B: sequence(rule('A'), tail) } })).toStartWith(
    'left-recursion',
  )
  for (const empty of [optional(tail), repeat(text('y')), rule('E'), choice(nothing, tail)]) {
    const A = choice({ type: 'sequence', parts: [empty, rule('A'), tail] }, tail)
    expect(faultOf({ root: rule('A'), rules: { A, E: repeat(rule('F'), 3, 4), F: optional(tail) } })).toBe(
      'left-recursion A',
    )
  }
  expect(faultOf({ root: rule('A'), rules: { A: repeat(rule('A')) } })).toBe('left-recursion A')
})

test('recursion behind anything that matches is fine', () => {
  const A = choice(sequence(text('('), rule('A'), text(')')), nothing)
  expect(faultOf({ root: rule('A'), rules: { A } })).toBe('none')
})

test('a grammar without any text names the rule that is to blame', () => {
  const rules = { list: sequence(text('['), rule('item')), item: sequence(text('i'), rule('item')), none: never }
  expect(faultOf({ root: rule('list'), rules })).toBe('no-text item')
  expect(faultOf({ root: rule('none'), rules })).toBe('no-text none')
  expect(faultOf({ root: never, rules })).toBe('no-text root')
  expect(faultOf({ root: { type: 'repeat', part: text('a'), least: 3, most: 2 }, rules })).toBe('no-text root')
  expect(faultOf({ root: { type: 'character', ranges: [] }, rules })).toBe('no-text root')
})

test('ways without any text are left out where there are others', () => {
  const endless = sequence(text('a'), rule('endless'))
  const root = choice(rule('endless'), sequence(text('a'), never), { type: 'repeat', part: rule('endless'), least: 0 })
  const constraint = createConstrainer(byteTable()).begin(compileGrammar({ root, rules: { endless } }))
  expect(constraint.isOver).toBe(true)
})

test('ten thousand texts are compiled into one tree', () => {
  const texts = Array.from({ length: 10_000 }, (_, index) => `entry ${index}`)
  const { program } = compileGrammar({ root: choice(...texts.map(text)), rules: {} })
  const places = createConstrainer(byteTable()).begin({ program })
  expect(new TextDecoder().decode(places.forcedBytes())).toBe('entry ')
  expect(program.steps.length).toBeLessThan(25_000)
})

test('nested parts that may all be empty do not grow with every level', () => {
  const levels = [
    (part: Expression) => repeat(sequence(part, repeat(text('b')))),
    (part: Expression) => optional(sequence(part, optional(text('b')))),
    (part: Expression) => repeat(sequence(part, repeat(text('b'), 0, 5)), 0, 7),
    (part: Expression) => sequence(text('x'), repeat(sequence(optional(part), optional(text('b'))))),
    (part: Expression) => choice(sequence(text('x'), repeat(sequence(choice(part, nothing), optional(text('b')))))),
  ]
  for (const level of levels) {
    let root: Expression = text('a')
    for (let depth = 0; depth < 60; depth++) root = level(root)
    expect(compileGrammar({ root, rules: {} }).program.steps.length).toBeLessThan(600)
  }
})

test('a long chain of rules is no deeper than any other grammar', () => {
  const length = 20_000
  const rules = Object.fromEntries(
    Array.from({ length }, (_, index) => [`r${index}`, sequence(text('a'), rule(`r${index + 1}`))]),
  )
  const last = character([[0x61, 0x62]])
  const grammar = { root: rule('r0'), rules: { ...rules, [`r${length}`]: last } }
  const constraint = createConstrainer(byteTable()).begin(compileGrammar(grammar))
  expect(constraint.leastBytes).toBe(length + 1)
  expect(constraint.shortestEnd()).toEqual([new Uint8Array(length + 1).fill(0x61)])
})
