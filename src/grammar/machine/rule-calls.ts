import type { Expression, Grammar } from '../grammar.ts'
import { GrammarError } from './grammar-error.ts'

/** Stands for the expression where a text begins; no rule can have this name. */
export const rootRule = Symbol('root')

export type RuleName = string | typeof rootRule

/** All expressions that texts are made of, by name. Rules that no text can reach are in it too. */
export type RuleTable = ReadonlyMap<RuleName, Expression>

export function ruleTable(grammar: Grammar): RuleTable {
  return new Map<RuleName, Expression>([[rootRule, grammar.root], ...Object.entries(grammar.rules)])
}

export function nameOf(rule: RuleName): string {
  return typeof rule === 'string' ? rule : 'root'
}

/** The names of the rules that an expression calls, anywhere in it. */
export function callsOf(expression: Expression): ReadonlySet<string> {
  const calls = new Set<string>()
  const waiting: Expression[] = [expression]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.type === 'rule') calls.add(next.name)
    else if (next.type === 'repeat') waiting.push(next.part)
    else if (next.type === 'sequence') for (const part of next.parts) waiting.push(part)
    else if (next.type === 'choice') for (const option of next.options) waiting.push(option)
  }
  return calls
}

/**
 * Every rule after the rules that it calls, as far as they do not call each other: facts that follow from the facts of
 * callees settle fast in this order. Throws a `GrammarError` for a call of a rule that is not there.
 */
export function calleesFirst(rules: RuleTable): readonly RuleName[] {
  const order: RuleName[] = []
  walkCalls(rules, {
    calls: (rule) => callsOf(rules.get(rule) as Expression),
    leave: (rule) => order.push(rule),
  })
  return order
}

export interface CallWalk {
  /** The rules to go to from a rule. */
  calls(rule: RuleName): Iterable<string>
  /** After all rules that the rule leads to. */
  leave?(rule: RuleName): void
  /** A rule leads to itself. */
  circle?(rule: string): void
}

/** Goes to every rule once, in depth first, without recursion: chains of rules can be thousands long. */
export function walkCalls(rules: RuleTable, walk: CallWalk): void {
  const state = new Map<RuleName, 'open' | 'done'>()
  for (const start of rules.keys()) {
    if (state.has(start)) continue
    state.set(start, 'open')
    const path = [{ rule: start as RuleName, calls: walk.calls(start)[Symbol.iterator]() }]
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { value: callee, done } = top.calls.next()
      if (done) {
        state.set(top.rule, 'done')
        walk.leave?.(top.rule)
        path.pop()
      } else if (!rules.has(callee)) throw new GrammarError('unknown-rule', callee)
      else if (state.get(callee) === 'open') walk.circle?.(callee)
      else if (!state.has(callee)) {
        state.set(callee, 'open')
        path.push({ rule: callee, calls: walk.calls(callee)[Symbol.iterator]() })
      }
    }
  }
}
