import { expect, test } from 'bun:test'
import type { Constraint } from '../constraint.ts'
import { anyCharacter, character, choice, nothing, optional, repeat, sequence, special, text } from '../expressions.ts'
import type { Expression, Grammar } from '../grammar.ts'
import { compileGrammar } from './compile-grammar.ts'
import { createConstrainer } from './constrainer.ts'
import { GrammarError } from './grammar-error.ts'
import { byteTable, endToken, smallTable } from './token-table.fixture.ts'

const rule = (name: string): Expression => ({ type: 'rule', name })

const digit = character([[0x30, 0x39]])
const space = repeat(text(' '), 0, 1)
const jsonCharacter = character([
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0x10ffff],
])
const list = (part: Expression) => optional(sequence(part, repeat(sequence(text(','), space, part))))
const jsonRules = {
  value: choice(rule('object'), rule('array'), rule('string'), repeat(digit, 1), text('true'), text('null')),
  string: sequence(
    text('"'),
    repeat(choice(jsonCharacter, sequence(text('\\'), character([[0x6e, 0x6e]])))),
    text('"'),
  ),
  object: sequence(text('{'), list(sequence(rule('string'), text(':'), space, rule('value'))), text('}')),
  array: sequence(text('['), list(rule('value')), text(']')),
}
const json: Grammar = { root: rule('value'), rules: jsonRules }

const bytes = createConstrainer(byteTable())

const begin = (root: Expression, rules: Grammar['rules'] = {}) => bytes.begin(compileGrammar({ root, rules }))

/** Reads a text byte by byte; the place of the first byte that is not allowed, or -1. */
function read(constraint: Constraint, value: string): number {
  return [...new TextEncoder().encode(value)].findIndex((byte) => {
    if (!constraint.allows(byte)) return true
    constraint.accept(byte)
    return false
  })
}

const textOf = (parts: readonly (Uint8Array | number)[]) =>
  parts.map((part) => (typeof part === 'number' ? `<${part}>` : new TextDecoder().decode(part))).join('')

test('JSON is read to its end, and nothing but JSON', () => {
  const value = { a: [1, 20, { 'b\n': 'ü😀' }], c: [], d: {}, e: [[[null, true]]] }
  const constraint = begin(json.root, jsonRules)
  expect(read(constraint, JSON.stringify(value))).toBe(-1)
  expect(constraint.isOver).toBe(true)
  expect(read(begin(json.root, jsonRules), '[1,]')).toBe(3)
  expect(read(begin(json.root, jsonRules), '{"a":tru,')).toBe(8)
})

test('masks are what the tokens say one by one, everywhere in a text', () => {
  const pieces = [
    ...'the quick-Brown fox_9',
    '"',
    '": ',
    '", "',
    '}',
    '}}',
    ']',
    ', ',
    '\\',
    '\\n',
    '\n',
    'é',
    '日',
    '12',
    'null',
  ]
  const tokens = pieces.flatMap((first) => pieces.flatMap((second) => [first, first + second, `${first}${second}e"`]))
  const halves = [[0xc3], [0xa9], [0x61, 0xe6], [0xe6, 0x97], [0xa5, 0x22]]
  const table = byteTable([...new Set(tokens), ...halves])
  const constraint = createConstrainer(table).begin(compileGrammar(json))
  const value = '{"quick": "the fox é日\\n and more", "e": [[1, {"": null}], "9"]}'
  for (const byte of new TextEncoder().encode(value)) {
    const mask = constraint.allowedTokens()
    const wrong = Array.from({ length: table.size }, (_, token) => token).filter(
      (token) => (((mask[token >> 5] ?? 0) >> (token & 31)) & 1) !== Number(constraint.allows(token)),
    )
    expect(wrong).toEqual([])
    constraint.accept(byte)
  }
  expect(constraint.isOver).toBe(true)
})

test('an open answer is closed on the shortest way', () => {
  const constraint = begin(json.root, jsonRules)
  read(constraint, '{"a": [[{"b": "some te')
  expect(textOf(constraint.shortestEnd())).toBe('"}]]}')
  expect(constraint.leastBytes).toBe(5)
  read(constraint, 'xt"}]], "k')
  expect(textOf(constraint.shortestEnd())).toMatch(/^":[0-9]\}$/)
})

test('what must be filled up is filled with what can be printed', () => {
  expect(textOf(begin(sequence(text('"'), repeat(anyCharacter, 5), text('"'))).shortestEnd())).toMatch(
    /^"[a-z0-9"]{5}"$/,
  )
  expect(textOf(begin(repeat(character([[0x4e00, 0x9fff]]), 2, 3)).shortestEnd())).toMatch(/^[\u4e00-\u9fff]{2}$/)
})

test('brackets can be nested ten thousand deep', () => {
  const constraint = begin(json.root, jsonRules)
  expect(read(constraint, '['.repeat(10_000))).toBe(-1)
  expect(constraint.leastBytes).toBe(10_000)
  expect(read(constraint, `${']'.repeat(9_999)}`)).toBe(-1)
  expect([...constraint.allowedTokens()].some((word) => word !== 0)).toBe(true)
  expect(read(constraint, ']')).toBe(-1)
  expect(constraint.isOver).toBe(true)
})

test('a character can be cut between tokens, and never be left half', () => {
  const constraint = begin(repeat(character([[0x1f600, 0x1f64f]])))
  for (const byte of [0xf0, 0x9f, 0x98]) constraint.accept(byte)
  expect(constraint.isComplete).toBe(false)
  expect(constraint.allows(endToken)).toBe(false)
  expect(constraint.allows(0x7f)).toBe(false)
  constraint.accept(0x80)
  expect(constraint.isComplete).toBe(true)
  expect(constraint.allows(endToken)).toBe(true)
})

test('a token that runs past the end is not allowed', () => {
  const table = smallTable(['END', '}', '}\n', '}}', '{'])
  const constraint = createConstrainer(table).begin(compileGrammar({ root: text('{}'), rules: {} }))
  constraint.accept(4)
  expect([...constraint.allowedTokens()]).toEqual([0b10])
  constraint.accept(1)
  expect([...constraint.allowedTokens()]).toEqual([0b1])
  constraint.accept(0)
  expect(constraint.isOver).toBe(true)
})

test('accepting what is not allowed is told', () => {
  expect(() => begin(text('a')).accept(0x62)).toThrow('does not allow')
})

test('counts hold at their bounds, however large they are', () => {
  for (const [least, most] of [
    [0, 1],
    [2, 2],
    [3, 300],
    [40, 65_536],
  ] as const) {
    const constraint = begin(sequence(text('"'), repeat(anyCharacter, least, most), text('!')))
    read(constraint, '"')
    for (let count = 0; count <= Math.min(most, 700); count++) {
      const isIn = count < most
      expect([constraint.allows(0x61), constraint.allows(0xc3)]).toEqual([isIn, isIn])
      expect(constraint.leastBytes).toBe(Math.max(0, least - count) + 1)
      if (isIn) read(constraint, count % 2 ? 'ü' : 'a')
    }
  }
})

test('masks are exact where a token reaches a bound of a count', () => {
  const tokens = [...'a aa aaa aaaa ! a! aa! aaa! !a'.split(' '), 'END']
  const constrainer = createConstrainer(smallTable(tokens))
  for (const [least, most] of [
    [0, 20],
    [9, 20],
    [9, 9],
    [9, undefined],
    [15, 16],
  ] as const) {
    const pair = sequence(repeat(text('a'), least, most), text('!'))
    for (const root of [pair, repeat(pair, least, most)]) {
      const constraint = constrainer.begin(compileGrammar({ root, rules: {} }))
      for (let count = 0; count <= (most ?? 20); count++) {
        const [word] = constraint.allowedTokens()
        expect(tokens.filter((_, token) => ((word ?? 0) >> token) & 1)).toEqual(
          tokens.filter((_, token) => constraint.allows(token)),
        )
        if (constraint.allows(0)) constraint.accept(0)
      }
    }
  }
})

test('a text of 65,536 characters is counted to the last one, through new machines', () => {
  const constraint = begin(sequence(text('"'), repeat(jsonCharacter, 0, 65_536), text('"')))
  expect(read(constraint, `"${'a'.repeat(65_535)}`)).toBe(-1)
  expect(read(constraint, 'aa')).toBe(1)
  expect(read(constraint, '"')).toBe(-1)
  expect(constraint.isOver).toBe(true)
})

test('repetitions of what may be empty come to an end', () => {
  const maybe = optional(text('a'))
  const nested = repeat(repeat(repeat(maybe, 0, 1000), 3), 5, 1_000_000)
  const constraint = begin(sequence(nested, text('b')))
  expect(read(constraint, `${'a'.repeat(50)}b`)).toBe(-1)
  expect(constraint.isOver).toBe(true)
  expect(begin(repeat(nothing, 5)).isOver).toBe(true)
})

test('lists that are written as recursion stay flat', () => {
  const rules = {
    list: choice(sequence(digit, rule('list')), sequence(digit, rule('more')), text('.')),
    more: rule('list'),
  }
  const constraint = begin(rule('list'), rules)
  const before = process.memoryUsage().heapUsed
  expect(read(constraint, '1'.repeat(100_000))).toBe(-1)
  expect(constraint.leastBytes).toBe(1)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000)
})

test('what can be read in several ways is read in all of them', () => {
  const rules = { twice: choice(sequence(text('a'), rule('twice'), text('a')), text('a'), nothing) }
  const constraint = begin(sequence(rule('twice'), text('b')), rules)
  expect(read(constraint, 'aaaaaaaaab')).toBe(-1)
  const many = begin(repeat(choice(text('a'), text('aa'), sequence(text('a'), optional(text('a')))), 10, 20))
  expect(read(many, 'a'.repeat(40))).toBe(-1)
  expect(many.isOver).toBe(true)
})

test('counts that overlap do not multiply', () => {
  const constraint = begin(sequence(repeat(repeat(choice(text('a'), text('b')), 1, 300), 1, 300), text('!')))
  expect(read(constraint, `${'ab'.repeat(500)}!`)).toBe(-1)
})

test('a text that can be read in too many ways is given up with the name of the rule', () => {
  const either = (name: string, other: string) =>
    choice(text('a'), sequence(text('a'), rule(name), rule(other)), sequence(text('a'), rule(other), rule(name)))
  const constraint = begin(rule('left'), { left: either('left', 'right'), right: either('right', 'left') })
  try {
    read(constraint, 'a'.repeat(1000))
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(GrammarError)
    expect(error).toMatchObject({ fault: 'too-ambiguous', rule: expect.stringMatching(/left|right/) })
  }
})

test('a control token is one token where there is one, and a text where there is none', () => {
  const table = smallTable(['a', '<call>', '<', 'call>', { special: '<call>' }, { special: '<other>' }, 'END'])
  const compiled = compileGrammar({ root: sequence(special('<call>'), text('a')), rules: {} })
  const constraint = createConstrainer(table).begin(compiled)
  expect([...constraint.allowedTokens()]).toEqual([1 << 4])
  expect(constraint.forcedBytes().length).toBe(0)
  expect([constraint.leastBytes, textOf(constraint.shortestEnd())]).toEqual([2, '<4>a'])
  constraint.accept(4)
  expect(textOf([constraint.forcedBytes()])).toBe('a')
  const plain = createConstrainer(smallTable(['a', '<call>', '<', 'call>', 'END'])).begin(compiled)
  expect([...plain.allowedTokens()]).toEqual([0b110])
  expect(textOf([plain.forcedBytes()])).toBe('<call>a')
})

test('an end is allowed where the text may end, and where it is asked for by name', () => {
  const table = smallTable(['a', { special: '<end>', isEnd: true }, 'b'])
  const compiled = compileGrammar({ root: sequence(text('a'), special('<end>'), optional(text('b'))), rules: {} })
  const constraint = createConstrainer(table).begin(compiled)
  expect(constraint.allows(1)).toBe(false)
  constraint.accept(0)
  expect(constraint.allows(1)).toBe(true)
  constraint.accept(1)
  expect([...constraint.allowedTokens()]).toEqual([0b110])
})

test('the same state answers the same mask, also under another count', () => {
  const constraint = begin(sequence(repeat(anyCharacter, 3, 65_536), text('!')))
  const first = constraint.allowedTokens()
  expect(constraint.allowedTokens()).toBe(first)
  read(constraint, 'abcd')
  const free = constraint.allowedTokens()
  read(constraint, 'efgh')
  expect(constraint.allowedTokens()).toBe(free)
})

test('generations of one grammar do not disturb each other', () => {
  const compiled = compileGrammar(json)
  const [left, right] = [bytes.begin(compiled), bytes.begin(compiled)]
  read(left, '[1')
  read(right, '{"a')
  expect([textOf(left.shortestEnd()), textOf(right.shortestEnd()).length]).toEqual([']', 4])
})
