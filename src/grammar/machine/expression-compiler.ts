import type { Expression } from '../grammar.ts'
import { branchOnCharacters } from './character-branches.ts'
import { literalBytes, type Parts, splitLiteral, unfold } from './literal-prefix.ts'
import type { LoopStep, Program, RuleEntry, Step } from './program.ts'
import { nameOf, type RuleName, rootRule } from './rule-calls.ts'
import type { RuleFacts } from './rule-facts.ts'
import { StepBuilder } from './step-builder.ts'
import { buildTextTree, type TextWay } from './text-tree.ts'

type Repeat = Expression & { readonly type: 'repeat' }
type Compound = Expression & { readonly type: 'sequence' | 'choice' | 'repeat' }

/** What has been made for expressions in front of a step; none where nothing matches. */
type KnownSteps = Map<Expression, Map<Step, Step | undefined>>

/**
 * Makes steps from the end to the beginning: every expression is compiled in front of what follows it. Where no text can
 * match there is no step. An expression is compiled in one of two ways: as it is, or without the empty text, for the
 * bodies of repetitions, which must not match without moving on.
 */
export class ExpressionCompiler {
  readonly #facts: RuleFacts
  readonly #builder = new StepBuilder()
  readonly #return = this.#builder.add({ type: 'return' })
  readonly #entries = new Map<RuleName, RuleEntry>()
  readonly #nonEmptyEntries = new Map<RuleName, RuleEntry>()
  /** Rules that are called and not yet compiled. */
  readonly #waiting: (() => void)[] = []
  /** What was made within the rule at hand. Without it nested optional parts would be made twice at every level. */
  #known = { any: new Map() as KnownSteps, nonEmpty: new Map() as KnownSteps, loop: new Map() as KnownSteps }

  constructor(facts: RuleFacts) {
    this.#facts = facts
  }

  compile(): Program {
    const root = this.#entry(rootRule, false)
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) next()
    return {
      steps: this.#builder.steps,
      start: root.start,
      ...this.#builder.byteClasses(),
      specials: this.#builder.specials,
      entries: this.#facts.order.flatMap((rule) => this.#entriesOf(rule)),
    }
  }

  #entry(rule: RuleName, nonEmpty: boolean): RuleEntry {
    const entries = nonEmpty ? this.#nonEmptyEntries : this.#entries
    const known = entries.get(rule)
    if (known) return known
    const entry: RuleEntry = { name: nameOf(rule), start: this.#return, from: 0, to: 0 }
    entries.set(rule, entry)
    this.#waiting.push(() => {
      const expression = this.#facts.rules.get(rule) as Expression
      this.#builder.rule = entry.name
      for (const known of Object.values(this.#known)) known.clear()
      entry.from = this.#builder.steps.length
      const start = nonEmpty ? this.#nonEmpty(expression, this.#return) : this.#any(expression, this.#return)
      // The facts say that the rule has a text, so there is a step; an empty rule is its own return.
      entry.start = start ?? this.#return
      entry.to = this.#builder.steps.length
    })
    return entry
  }

  #entriesOf(rule: RuleName): readonly RuleEntry[] {
    return [this.#entries.get(rule), this.#nonEmptyEntries.get(rule)].filter((entry) => entry !== undefined)
  }

  /** Steps for an expression as it is. */
  #any(expression: Expression, next: Step): Step | undefined {
    switch (expression.type) {
      case 'text':
        return this.#builder.text(literalBytes(expression.text), next)
      case 'character':
        return branchOnCharacters(expression.ranges, next, this.#builder)
      case 'rule':
        return this.#facts.hasText(expression.name)
          ? this.#builder.call(this.#entry(expression.name, false), next)
          : undefined
      case 'special':
        return this.#special(expression.text, next)
      default:
        return once(this.#known.any, expression, { next, make: () => this.#anyCompound(expression, next) })
    }
  }

  #anyCompound(expression: Compound, next: Step): Step | undefined {
    if (expression.type === 'sequence') return this.#parts(unfold(expression), next)
    return expression.type === 'choice' ? this.#choice(expression.options, next) : this.#repeat(expression, next)
  }

  /** Steps for the texts of an expression without the empty one. */
  #nonEmpty(expression: Expression, next: Step): Step | undefined {
    const make = () =>
      this.#facts.isNullable(expression) ? this.#nonEmptyNullable(expression, next) : this.#any(expression, next)
    return once(this.#known.nonEmpty, expression, { next, make })
  }

  #nonEmptyNullable(expression: Expression, next: Step): Step | undefined {
    switch (expression.type) {
      case 'sequence':
        return this.#nonEmptyParts(expression.parts, next)
      case 'choice':
        return this.#ways(expression.options.map((option) => this.#nonEmpty(option, next)))
      case 'repeat':
        return this.#repeat(expression, next, 1)
      case 'rule':
        return this.#nonEmptyCall(expression.name, next)
      default:
        return undefined
    }
  }

  #parts(parts: readonly Expression[], next: Step): Step | undefined {
    let step: Step | undefined = next
    for (let index = parts.length - 1; index >= 0 && step; index--) step = this.#any(parts[index] as Expression, step)
    return step
  }

  /** One of the parts is the first that is not empty. */
  #nonEmptyParts(parts: readonly Expression[], next: Step): Step | undefined {
    const ways: (Step | undefined)[] = []
    let rest = next
    for (let index = parts.length - 1; index >= 0; index--) {
      const part = parts[index] as Expression
      ways.push(this.#nonEmpty(part, rest))
      rest = this.#any(part, rest) ?? rest
    }
    return this.#ways(ways)
  }

  #nonEmptyCall(name: string, next: Step): Step | undefined {
    if (!this.#facts.hasLongText(name)) return undefined
    return this.#builder.call(this.#entry(name, true), next)
  }

  #ways(ways: readonly (Step | undefined)[]): Step | undefined {
    return this.#builder.split(ways.filter((way) => way !== undefined))
  }

  /** Options that begin with texts become one tree of texts. */
  #choice(options: readonly Expression[], next: Step): Step | undefined {
    const texts: TextWay[] = []
    const others: (Step | undefined)[] = []
    for (const option of options.flatMap(openChoice)) {
      const { bytes, rest } = splitLiteral(option)
      if (bytes.length === 0) others.push(this.#any(option, next))
      else this.#textWay({ bytes, rest }, next, texts)
    }
    return this.#ways([...others, buildTextTree(texts, this.#builder)])
  }

  #textWay(way: Parts, next: Step, into: TextWay[]): void {
    const rest = this.#parts(way.rest, next)
    if (rest) into.push({ bytes: way.bytes, next: rest })
  }

  /** `rounds`: those that are needed for other reasons. Rounds that may be empty need not take place. */
  #repeat(expression: Repeat, next: Step, rounds = 0): Step | undefined {
    const { part, most = Number.POSITIVE_INFINITY } = expression
    const least = Math.max(rounds, this.#facts.isNullable(part) ? 0 : expression.least)
    if (most < Math.max(least, expression.least)) return undefined
    if (most === 0) return next
    if (most === 1) return this.#ways([this.#nonEmpty(part, next), ...(least === 0 ? [next] : [])])
    if (most === Number.POSITIVE_INFINITY && least <= 1) return this.#loop(part, next, least)
    const body = this.#nonEmpty(part, this.#return)
    if (!body) return least === 0 ? next : undefined
    return this.#builder.add({ type: 'repeat', body, least, most, next })
  }

  #loop(part: Expression, next: Step, least: number): Step | undefined {
    const loop = once(this.#known.loop, part, { next, make: () => this.#makeLoop(part, next) })
    if (loop?.type !== 'loop') return least === 0 ? next : undefined
    return least === 0 ? loop : loop.body
  }

  #makeLoop(part: Expression, next: Step): Step | undefined {
    const loop = this.#builder.add({ type: 'loop', body: next, next }) as LoopStep
    const body = this.#nonEmpty(part, loop)
    if (!body) return undefined
    loop.body = body
    return loop
  }

  #special(text: string, next: Step): Step {
    const plain = this.#builder.text(literalBytes(text), next)
    return text === '' ? plain : this.#builder.special(text, { plain, next })
  }
}

function openChoice(expression: Expression): readonly Expression[] {
  return expression.type === 'choice' ? expression.options.flatMap(openChoice) : [expression]
}

interface Making {
  readonly next: Step
  readonly make: () => Step | undefined
}

function once(known: KnownSteps, expression: Expression, { next, make }: Making): Step | undefined {
  let steps = known.get(expression)
  if (!steps) {
    steps = new Map()
    known.set(expression, steps)
  }
  if (!steps.has(next)) steps.set(next, make())
  return steps.get(next)
}
