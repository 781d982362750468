import type { Expression, Grammar } from './grammar.ts'

/** Collects rules under names of their own, so that what several makers wrote stands in one grammar. */
export class RuleBook {
  readonly #rules = new Map<string, Expression>()
  readonly #counts = new Map<string, number>()

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
    const count = this.#counts.get(name) ?? 0
    this.#counts.set(name, count + 1)
    const own = count === 0 ? name : `${name}-${count + 1}`
    if (this.#rules.has(own)) return this.reserve(name)
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

  /** A rule that is there once for all that ask for it, such as "any JSON value". The name is taken for it alone. */
  once(name: string, build: (self: Expression) => Expression): Expression {
    return this.#rules.has(name) ? { type: 'rule', name } : this.define(name, build)
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
