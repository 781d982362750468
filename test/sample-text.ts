import type { Expression, Grammar } from '../src/grammar/grammar.ts'
import type { SeededRandom } from './seeded-random.ts'

/** How long texts get: the deeper and longer one has become, the more the short ways out are taken. */
export interface SampleLimits {
  readonly depth: number
  readonly length: number
}

/** Draws texts of a grammar. Throws when it has none. */
export class TextSampler {
  readonly #grammar: Grammar
  readonly #shortest: ReadonlyMap<string, number>
  readonly #costs = new Map<Expression, number>()

  constructor(grammar: Grammar) {
    this.#grammar = grammar
    this.#shortest = shortestTexts(grammar)
  }

  sample(random: SeededRandom, { depth, length }: SampleLimits = { depth: 24, length: 400 }): string {
    const pieces: string[] = []
    let written = 0
    const open: { readonly expression: Expression; readonly depth: number }[] = [
      { expression: this.#grammar.root, depth: 0 },
    ]
    for (let next = open.pop(); next; next = open.pop()) {
      const isShort = next.depth > depth || written > length
      const parts = this.#open(next.expression, random, isShort)
      if (typeof parts === 'string') {
        pieces.push(parts)
        written += parts.length
      } else {
        const inner = next.depth + (next.expression.type === 'rule' ? 1 : 0)
        for (const part of parts.toReversed()) open.push({ expression: part, depth: inner })
      }
    }
    return pieces.join('')
  }

  #open(expression: Expression, random: SeededRandom, isShort: boolean): string | readonly Expression[] {
    switch (expression.type) {
      case 'text':
      case 'special':
        return expression.text
      case 'character': {
        const early = expression.ranges.filter(([first]) => first < 0x250)
        const [first, last] = random.pick(early.length > 0 && random.chance(0.9) ? early : expression.ranges)
        const most = random.chance(0.9) ? Math.min(last, Math.max(first, 0x7e)) : last
        return String.fromCodePoint(random.chance(0.2) ? random.pick([first, last]) : random.between(first, most))
      }
      case 'sequence':
        return expression.parts
      case 'choice':
        return [this.#choose(expression.options, random, isShort)]
      case 'repeat': {
        const most = expression.most ?? expression.least + 6
        const isPossible = this.#costOf(expression.part) < Number.POSITIVE_INFINITY
        const far = random.chance(0.1) ? Math.min(most, expression.least + 300) : Math.min(most, expression.least + 6)
        const count = isShort || !isPossible ? expression.least : random.between(expression.least, far)
        return Array.from({ length: count }, () => expression.part)
      }
      case 'rule': {
        const rule = this.#grammar.rules[expression.name]
        if (!rule) throw new Error(`There is no rule ${expression.name}`)
        return [rule]
      }
    }
  }

  #choose(options: readonly Expression[], random: SeededRandom, isShort: boolean): Expression {
    const costs = options.map((option) => this.#costOf(option))
    const least = Math.min(...costs)
    if (least === Number.POSITIVE_INFINITY) throw new Error('No text matches')
    const possible = options.filter((_, index) =>
      isShort ? costs[index] === least : costs[index] !== Number.POSITIVE_INFINITY,
    )
    return random.pick(possible)
  }

  #costOf(expression: Expression): number {
    const known = this.#costs.get(expression) ?? costOf(expression, this.#shortest)
    this.#costs.set(expression, known)
    return known
  }
}

/** For each rule, about how much it takes to get out of it. Rules are mostly written before those that they call. */
function shortestTexts(grammar: Grammar): ReadonlyMap<string, number> {
  const rules = Object.entries(grammar.rules).toReversed()
  const costs = new Map(rules.map(([name]) => [name, Number.POSITIVE_INFINITY]))
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false
    for (const [name, rule] of rules) {
      const cost = costOf(rule, costs) + 1
      if (cost >= (costs.get(name) ?? 0)) continue
      costs.set(name, cost)
      hasChanged = true
    }
  }
  return costs
}

function costOf(expression: Expression, costs: ReadonlyMap<string, number>): number {
  switch (expression.type) {
    case 'text':
    case 'special':
      return expression.text.length
    case 'character':
      return 1
    case 'sequence':
      return expression.parts.reduce((sum, part) => sum + costOf(part, costs), 0)
    case 'choice':
      return Math.min(...expression.options.map((option) => costOf(option, costs)))
    case 'repeat':
      return expression.least === 0 ? 0 : expression.least * costOf(expression.part, costs)
    case 'rule':
      return costs.get(expression.name) ?? Number.POSITIVE_INFINITY
  }
}
