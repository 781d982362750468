import type { Expression, Grammar } from './grammar.ts'

/** Collects rules under names of their own, so that what several makers wrote stands in one grammar. */
export class RuleBook {
  readonly #rules = new Map<string, Expression>()
  readonly #counts = new Map<string, number>()
  readonly #once = new Map<string, Expression & { readonly type: 'rule' }>()

  get size(): number {
    return this.#rules.size
  }

  /** Writes a rule down under the name, or under the name with a number when it is taken, and returns a call of it. */
  add(name: string, expression: Expression): Expression {
    return this.define(name, () => expression)
  }

  /** The same for a rule that may call itself: `build` gets the call, and must not call itself first. */
  define(name: string, build: (self: Expression) => Expression): Expression {
    const self = this.reserve(name)
    this.#rules.set(self.name, build(self))
    return self
  }

  /** A call of a rule that is written down later, with `fill`. */
  reserve(name: string): Expression & { readonly type: 'rule' } {
    let own: string
    do {
      const count = (this.#counts.get(name) ?? 0) + 1
      this.#counts.set(name, count)
      own = count === 1 ? name : `${name}-${count}`
    } while (this.#rules.has(own))
    this.#rules.set(own, { type: 'choice', options: [] })
    return { type: 'rule', name: own }
  }

  /** Writes down, or over, what a reserved rule stands for. */
  fill(rule: Expression & { readonly type: 'rule' }, expression: Expression): void {
    this.#rules.set(rule.name, expression)
  }

  /** Forgets a rule that nothing calls. */
  remove(name: string): void {
    this.#rules.delete(name)
  }

  /** A rule that is there once for all that ask for it by this name, such as "any JSON value". */
  once(name: string, build: () => Expression): Expression {
    const known = this.#once.get(name)
    if (known && this.#rules.has(known.name)) return known
    const self = this.reserve(name)
    this.#once.set(name, self)
    this.fill(self, build())
    return self
  }

  /** What a rule stands for. */
  look(name: string): Expression | undefined {
    return this.#rules.get(name)
  }

  names(): readonly string[] {
    return [...this.#rules.keys()]
  }

  /** Everything written down so far, with a beginning. */
  grammar(root: Expression): Grammar {
    return { root, rules: Object.fromEntries(this.#rules) }
  }
}
