import type { Expression, Grammar } from '../grammar.ts'

/**
 * A matcher that has nothing in common with the machine: it takes what a grammar leaves to be matched after a symbol (the
 * Brzozowski derivative), as an expression again. Slow, and obviously right. Symbols are bytes, and from 256 on control
 * tokens.
 */
export class Derivatives {
  readonly #rules = new Map<string, Tree>()
  readonly #specials: readonly string[]
  #least: ReadonlyMap<string, number> | undefined
  /** All that stand anywhere in the grammar. */
  readonly symbols: ReadonlySet<number>
  readonly root: Tree

  /** `specials` are the control tokens that there are: symbol 256 is the first one. */
  constructor(grammar: Grammar, specials: readonly string[]) {
    this.#specials = specials
    for (const [name, rule] of Object.entries(grammar.rules)) this.#rules.set(name, this.#treeOf(rule))
    this.root = this.#treeOf(grammar.root)
    this.symbols = new Set([this.root, ...this.#rules.values()].flatMap(symbolsIn))
  }

  after(tree: Tree, symbol: number): Tree {
    switch (tree.type) {
      case 'symbol':
        return tree.symbol === symbol ? empty : never
      case 'any':
        return any(tree.options.map((option) => this.after(option, symbol)))
      case 'then': {
        const rest = then(this.after(tree.first, symbol), tree.second)
        return this.least(tree.first) === 0 ? any([rest, this.after(tree.second, symbol)]) : rest
      }
      case 'times': {
        const rest: Tree = { ...tree, least: Math.max(0, tree.least - 1), most: tree.most - 1 }
        return then(this.after(tree.part, symbol), rest.most === 0 ? empty : rest)
      }
      case 'call':
        return this.after(this.#rules.get(tree.name) as Tree, symbol)
      case 'empty':
        return never
    }
  }

  /** Symbols of a shortest text; infinite when there is none. */
  least(tree: Tree): number {
    this.#least ??= this.#leastOfRules()
    return leastOf(tree, this.#least)
  }

  #leastOfRules(): ReadonlyMap<string, number> {
    const known = new Map<string, number>()
    for (let before = ''; ; ) {
      for (const [name, rule] of this.#rules) known.set(name, leastOf(rule, known))
      const now = [...known.values()].join()
      if (now === before) return known
      before = now
    }
  }

  #treeOf(expression: Expression): Tree {
    switch (expression.type) {
      case 'text':
        return textTree(expression.text)
      case 'character':
        return any(expression.ranges.flatMap(([first, last]) => charactersBetween(first, last)).map(textTree))
      case 'sequence':
        return expression.parts.map((part) => this.#treeOf(part)).reduceRight((rest, part) => then(part, rest), empty)
      case 'choice':
        return any(expression.options.map((option) => this.#treeOf(option)))
      case 'repeat': {
        const { part, least, most = Number.POSITIVE_INFINITY } = expression
        return most < least ? never : most === 0 ? empty : { type: 'times', part: this.#treeOf(part), least, most }
      }
      case 'rule':
        return { type: 'call', name: expression.name }
      case 'special': {
        const index = this.#specials.indexOf(expression.text)
        return index < 0 ? textTree(expression.text) : { type: 'symbol', symbol: 256 + index }
      }
    }
  }
}

export type Tree =
  | { readonly type: 'empty' }
  | { readonly type: 'symbol'; readonly symbol: number }
  | { readonly type: 'any'; readonly options: readonly Tree[] }
  | { readonly type: 'then'; readonly first: Tree; readonly second: Tree }
  | { readonly type: 'times'; readonly part: Tree; readonly least: number; readonly most: number }
  | { readonly type: 'call'; readonly name: string }

const empty: Tree = { type: 'empty' }
const never: Tree = { type: 'any', options: [] }

function any(options: readonly Tree[]): Tree {
  const flat = options.flatMap((option) => (option.type === 'any' ? option.options : [option]))
  const different = new Map(flat.map((option) => [JSON.stringify(option, infinite), option]))
  const [only, more] = [...different.values()]
  return only && !more ? only : { type: 'any', options: [...different.values()] }
}

function then(first: Tree, second: Tree): Tree {
  if (first.type === 'empty') return second
  if (first.type === 'any' && first.options.length === 0) return never
  return second.type === 'empty' ? first : { type: 'then', first, second }
}

function infinite(_: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? 'infinite' : value
}

function leastOf(tree: Tree, known: ReadonlyMap<string, number>): number {
  switch (tree.type) {
    case 'empty':
      return 0
    case 'symbol':
      return 1
    case 'any':
      return Math.min(...tree.options.map((option) => leastOf(option, known)))
    case 'then':
      return leastOf(tree.first, known) + leastOf(tree.second, known)
    case 'times':
      return tree.least === 0 ? 0 : tree.least * leastOf(tree.part, known)
    case 'call':
      return known.get(tree.name) ?? Number.POSITIVE_INFINITY
  }
}

function symbolsIn(tree: Tree): readonly number[] {
  if (tree.type === 'symbol') return [tree.symbol]
  if (tree.type === 'any') return tree.options.flatMap(symbolsIn)
  if (tree.type === 'then') return [...symbolsIn(tree.first), ...symbolsIn(tree.second)]
  return tree.type === 'times' ? symbolsIn(tree.part) : []
}

function textTree(text: string): Tree {
  const symbols = [...new TextEncoder().encode(text)].map((symbol): Tree => ({ type: 'symbol', symbol }))
  return symbols.reduceRight((rest, symbol) => then(symbol, rest), empty)
}

function charactersBetween(first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index))
}
