import type { Expression, Grammar } from '../grammar.ts'
import { GrammarError } from './grammar-error.ts'
import { calleesFirst, nameOf, type RuleName, type RuleTable, rootRule, ruleTable, walkCalls } from './rule-calls.ts'

/** What must be known of a grammar's rules before they are compiled. */
export interface RuleFacts {
  readonly rules: RuleTable
  /** Each after those that it calls, as far as they do not call each other. */
  readonly order: readonly RuleName[]
  /** Whether the empty text matches. */
  isNullable(expression: Expression): boolean
  /** Whether a rule matches any text at all. */
  hasText(rule: RuleName): boolean
  /** Whether it matches any but the empty one. */
  hasLongText(rule: RuleName): boolean
}

/** Throws a `GrammarError` for unknown rules, left recursion, and a root that no text matches. */
export function learnRules(grammar: Grammar): RuleFacts {
  const rules = ruleTable(grammar)
  const order = calleesFirst(rules)
  const nullable = settle(rules, order, matchesNothing)
  refuseLeftRecursion(rules, nullable)
  const ending = settle(rules, order, matchesSomething)
  if (!ending.has(rootRule)) throw new GrammarError('no-text', nameOf(culprit(rules, ending)))
  const long = settle(rules, order, (expression, known) => matchesMore(expression, { ending, known }))
  return {
    rules,
    order,
    isNullable: (expression) => matchesNothing(expression, nullable),
    hasText: (rule) => ending.has(rule),
    hasLongText: (rule) => long.has(rule),
  }
}

type Fact = (expression: Expression, known: ReadonlySet<RuleName>) => boolean

/** The least set of rules for which the fact holds. */
function settle(rules: RuleTable, order: readonly RuleName[], fact: Fact): ReadonlySet<RuleName> {
  const known = new Set<RuleName>()
  for (let before = -1; before < known.size; ) {
    before = known.size
    for (const rule of order) if (!known.has(rule) && fact(rules.get(rule) as Expression, known)) known.add(rule)
  }
  return known
}

function matchesNothing(expression: Expression, known: ReadonlySet<RuleName>): boolean {
  switch (expression.type) {
    case 'text':
    case 'special':
      return expression.text === ''
    case 'character':
      return false
    case 'sequence':
      return expression.parts.every((part) => matchesNothing(part, known))
    case 'choice':
      return expression.options.some((option) => matchesNothing(option, known))
    case 'repeat':
      return isPossible(expression) && (expression.least <= 0 || matchesNothing(expression.part, known))
    case 'rule':
      return known.has(expression.name)
  }
}

function matchesSomething(expression: Expression, known: ReadonlySet<RuleName>): boolean {
  switch (expression.type) {
    case 'text':
    case 'special':
      return true
    case 'character':
      return expression.ranges.length > 0
    case 'sequence':
      return expression.parts.every((part) => matchesSomething(part, known))
    case 'choice':
      return expression.options.some((option) => matchesSomething(option, known))
    case 'repeat':
      return isPossible(expression) && (expression.least <= 0 || matchesSomething(expression.part, known))
    case 'rule':
      return known.has(expression.name)
  }
}

interface Known {
  readonly ending: ReadonlySet<RuleName>
  readonly known: ReadonlySet<RuleName>
}

/** Whether a text of at least a byte matches. */
function matchesMore(expression: Expression, facts: Known): boolean {
  switch (expression.type) {
    case 'text':
    case 'special':
      return expression.text !== ''
    case 'character':
      return expression.ranges.length > 0
    case 'sequence':
      return matchesSomething(expression, facts.ending) && expression.parts.some((part) => matchesMore(part, facts))
    case 'choice':
      return expression.options.some((option) => matchesMore(option, facts))
    case 'repeat':
      return isPossible(expression) && expression.most !== 0 && matchesMore(expression.part, facts)
    case 'rule':
      return facts.known.has(expression.name)
  }
}

function isPossible({ least, most }: Expression & { readonly type: 'repeat' }): boolean {
  return most === undefined || most >= Math.max(0, least)
}

function refuseLeftRecursion(rules: RuleTable, nullable: ReadonlySet<RuleName>): void {
  walkCalls(rules, {
    calls: (rule) => firstCalls(rules.get(rule) as Expression, nullable),
    circle: (rule) => {
      throw new GrammarError('left-recursion', rule)
    },
  })
}

/** The rules that an expression may call before it has matched a byte. */
function firstCalls(expression: Expression, nullable: ReadonlySet<RuleName>): readonly string[] {
  switch (expression.type) {
    case 'text':
    case 'special':
    case 'character':
      return []
    case 'rule':
      return [expression.name]
    case 'repeat':
      return expression.most === 0 ? [] : firstCalls(expression.part, nullable)
    case 'choice':
      return expression.options.flatMap((option) => firstCalls(option, nullable))
    case 'sequence': {
      const end = expression.parts.findIndex((part) => !matchesNothing(part, nullable))
      const first = end < 0 ? expression.parts : expression.parts.slice(0, end + 1)
      return first.flatMap((part) => firstCalls(part, nullable))
    }
  }
}

/** The first rule to mend: it has no text because of itself, not of a rule that it calls. */
function culprit(rules: RuleTable, ending: ReadonlySet<RuleName>): RuleName {
  const seen = new Set<RuleName>()
  let rule: RuleName = rootRule
  for (;;) {
    seen.add(rule)
    const next: RuleName | undefined = firstDead(rules.get(rule) as Expression, ending)
    if (next === undefined || seen.has(next)) return next ?? rule
    rule = next
  }
}

/** A rule without text that an expression without text calls, if that is why it has none. */
function firstDead(expression: Expression, ending: ReadonlySet<RuleName>): string | undefined {
  if (matchesSomething(expression, ending)) return undefined
  if (expression.type === 'rule') return expression.name
  const parts =
    expression.type === 'repeat'
      ? [expression.part]
      : expression.type === 'choice'
        ? expression.options
        : expression.type === 'sequence'
          ? expression.parts
          : []
  for (const part of parts) {
    const dead = firstDead(part, ending)
    if (dead !== undefined) return dead
  }
  return undefined
}
