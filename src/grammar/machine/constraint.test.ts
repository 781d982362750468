import { expect, test } from 'bun:test'
import type { Constraint } from '../constraint.ts'
import type { Expression, Grammar } from '../grammar.ts'
import { compileGrammar } from './compile-grammar.ts'
import { createConstrainer } from './constrainer.ts'
import { Derivatives, type Tree } from './derivatives.fixture.ts'
import { GrammarError } from './grammar-error.ts'
import { type SmallToken, smallTable } from './token-table.fixture.ts'

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class RandomGrammars {
  readonly #random: () => number
  constructor(seed: number) {
    this.#random = randomNumbers(seed)
  }

  below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }

  grammar(): Grammar {
    const names = ['A', 'B', 'C'].slice(0, this.below(4))
    return {
      root: this.expression(names, 4),
      rules: Object.fromEntries(names.map((name) => [name, this.expression(names, 3)])),
    }
  }

  expression(names: readonly string[], depth: number): Expression {
    const kind = this.below(depth > 0 ? 10 : 4)
    if (kind <= 1) return { type: 'text', text: this.pick(['', 'a', 'b', 'ab', 'ba', 'aé', 'é', '€', '😀b', 'aab']) }
    if (kind === 2) return { type: 'character', ranges: this.pick(ranges) }
    if (kind === 3) {
      if (this.below(3) === 0) return { type: 'special', text: this.pick(['<x>', '<y>', '<none>', '<end>']) }
      return names.length > 0 ? { type: 'rule', name: this.pick(names) } : { type: 'text', text: 'c' }
    }
    if (kind <= 6) return { type: 'sequence', parts: this.#several(names, depth) }
    if (kind <= 8) return { type: 'choice', options: this.#several(names, depth) }
    const part = this.expression(names, depth - 1)
    // Some reach further than the longest token, and some do not.
    const least = this.below(this.pick([4, 12]))
    return this.below(2) === 0
      ? { type: 'repeat', part, least }
      : { type: 'repeat', part, least, most: least + this.below(this.pick([4, 12])) }
  }

  #several(names: readonly string[], depth: number): readonly Expression[] {
    return Array.from({ length: this.below(4) }, () => this.expression(names, depth - 1))
  }
}

const ranges: readonly (readonly (readonly [number, number])[])[] = [
  [[0x61, 0x63]],
  [
    [0x61, 0x61],
    [0xe9, 0xea],
  ],
  [
    [0x7e, 0x81],
    [0x7fe, 0x801],
    [0xfffe, 0x10001],
  ],
  [[0x20a8, 0x20c3]],
]

const specials = ['<x>', '<y>', '<end>']

const tokens: readonly SmallToken[] = [
  'END',
  '',
  ...[
    'a',
    'b',
    'c',
    'aa',
    'ab',
    'ba',
    'abc',
    'aab',
    'é',
    'aé',
    'éa',
    '€',
    '😀',
    '😀b',
    'b😀',
    '<',
    'none',
    '<none>',
    'x',
  ],
  { special: '<x>' },
  { special: '<y>' },
  { special: '<z>' },
  { special: '<end>', isEnd: true },
  ...[[0xc3], [0xa9], [0x61, 0xc3], [0xa9, 0x61], [0xe2], [0x82], [0xac], [0xe2, 0x82], [0x82, 0xac], [0xf0, 0x9f]],
  ...[[0x98, 0x80], [0xf0], [0x9f], [0x98], [0x80], [0x7e], [0x7f], [0xc2], [0xdf], [0xef], [0xbf], [0xbe], [0x90]],
  'a',
]

const table = smallTable(tokens)
const constrainer = createConstrainer(table)

/** A constraint beside the slow matcher that knows what it has to say. */
class Comparison {
  readonly constraint: Constraint
  readonly #slow: Derivatives
  #tree: Tree

  constructor(grammar: Grammar) {
    this.constraint = constrainer.begin(compileGrammar(grammar))
    this.#slow = new Derivatives(grammar, specials)
    this.#tree = this.#slow.root
  }

  accept(token: number): void {
    this.constraint.accept(token)
    this.#tree = this.#after(token) as Tree
  }

  /** The tokens that are really allowed, after everything that the constraint says was compared. */
  check(): readonly number[] {
    const { constraint } = this
    const least = this.#slow.least(this.#tree)
    const allowed = tokens.map((_, token) => token).filter((token) => this.#after(token))
    const symbols = this.#symbols(this.#tree)
    expect(tokens.map((_, token) => token).filter((token) => constraint.allows(token))).toEqual([...allowed])
    expect(bitsOf(constraint.allowedTokens())).toEqual([...allowed])
    expect(constraint.isComplete).toBe(least === 0)
    expect(constraint.isOver).toBe(least === 0 && symbols.length === 0)
    expect(constraint.leastBytes).toBe(least)
    this.#checkEnd(least)
    this.#checkForced()
    return allowed
  }

  #checkEnd(least: number): void {
    const end = this.constraint
      .shortestEnd()
      .flatMap((part) =>
        typeof part === 'number' ? [256 + specials.indexOf(table.specialText(part) ?? '')] : [...part],
      )
    expect(end.length).toBe(least)
    expect(this.#slow.least(end.reduce((tree, symbol) => this.#slow.after(tree, symbol), this.#tree))).toBe(0)
  }

  #checkForced(): void {
    const expected: number[] = []
    for (let tree = this.#tree; expected.length < 4096; tree = this.#slow.after(tree, expected.at(-1) as number)) {
      const [only, more] = this.#symbols(tree)
      if (only === undefined || more !== undefined || only > 255 || this.#slow.least(tree) === 0) break
      expected.push(only)
    }
    expect([...this.constraint.forcedBytes()]).toEqual(expected)
  }

  #symbols(tree: Tree): readonly number[] {
    return [...this.#slow.symbols].filter((symbol) => Number.isFinite(this.#slow.least(this.#slow.after(tree, symbol))))
  }

  /** What is left after a token; undefined when it is not allowed. */
  #after(token: number): Tree | undefined {
    const special = table.specialText(token)
    const symbol = special === undefined ? -1 : specials.indexOf(special)
    const named = symbol < 0 ? undefined : this.#slow.after(this.#tree, 256 + symbol)
    if (named && Number.isFinite(this.#slow.least(named))) return named
    if (table.isEnd(token)) return this.#slow.least(this.#tree) === 0 ? this.#tree : undefined
    const bytes = table.bytes(token)
    if (bytes.length === 0) return undefined
    const rest = bytes.reduce((tree, byte) => this.#slow.after(tree, byte), this.#tree)
    return Number.isFinite(this.#slow.least(rest)) ? rest : undefined
  }
}

function bitsOf(words: Uint32Array): readonly number[] {
  return [...words].flatMap((word, index) =>
    Array.from({ length: 32 }, (_, bit) => bit)
      .filter((bit) => (word >>> bit) & 1)
      .map((bit) => 32 * index + bit),
  )
}

test('random grammars allow, force and end just what a slow matcher says', () => {
  let compared = 0
  for (let seed = 1; compared < 150; seed++) {
    const random = new RandomGrammars(seed)
    const grammar = random.grammar()
    try {
      const comparison = new Comparison(grammar)
      for (let place = 0; place < 6; place++) {
        const allowed = comparison.check()
        if (allowed.length === 0) break
        comparison.accept(random.pick(allowed))
      }
      compared++
    } catch (error) {
      if (error instanceof GrammarError && error.fault !== 'too-ambiguous') continue
      throw new Error(`seed ${seed}: ${JSON.stringify(grammar)}`, { cause: error })
    }
  }
}, 30_000)
