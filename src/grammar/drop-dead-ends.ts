import { choice, isNever, repeat, sequence } from './expressions.ts'
import type { Expression } from './grammar.ts'
import type { RuleBook } from './rule-book.ts'

/**
 * Takes rules that never come to an end, such as one that always calls itself, out of the choices among the named
 * rules, and forgets them. Returns what is left of the root: `never` when that is nothing.
 */
export function dropDeadEnds(book: RuleBook, names: readonly string[], root: Expression): Expression {
  const ending = endingRules(book, names)
  const own = new Set(names)
  const isDead = (name: string) => own.has(name) && !ending.has(name)
  for (const name of names) {
    const rule = book.look(name)
    if (!rule) continue
    if (isDead(name)) book.remove(name)
    else book.fill({ type: 'rule', name }, withoutDead(rule, isDead))
  }
  return withoutDead(root, isDead)
}

/** The rules that some text comes out of. */
function endingRules(book: RuleBook, names: readonly string[]): ReadonlySet<string> {
  const own = new Set(names)
  const callers = new Map<string, Set<string>>()
  for (const name of names)
    for (const called of callsOf(book.look(name))) callers.set(called, (callers.get(called) ?? new Set()).add(name))
  const ending = new Set<string>()
  const queue = [...names]
  for (const name of queue) {
    const rule = book.look(name)
    if (!rule || ending.has(name) || !ends(rule, (called) => !own.has(called) || ending.has(called))) continue
    ending.add(name)
    queue.push(...(callers.get(name) ?? []))
  }
  return ending
}

function callsOf(expression: Expression | undefined): readonly string[] {
  switch (expression?.type) {
    case 'rule':
      return [expression.name]
    case 'sequence':
      return expression.parts.flatMap(callsOf)
    case 'choice':
      return expression.options.flatMap(callsOf)
    case 'repeat':
      return callsOf(expression.part)
    default:
      return []
  }
}

function ends(expression: Expression, doesEnd: (name: string) => boolean): boolean {
  switch (expression.type) {
    case 'rule':
      return doesEnd(expression.name)
    case 'sequence':
      return expression.parts.every((part) => ends(part, doesEnd))
    case 'choice':
      return expression.options.some((option) => ends(option, doesEnd))
    case 'repeat':
      return expression.least === 0 || ends(expression.part, doesEnd)
    default:
      return true
  }
}

function withoutDead(expression: Expression, isDead: (name: string) => boolean): Expression {
  switch (expression.type) {
    case 'rule':
      return isDead(expression.name) ? { type: 'choice', options: [] } : expression
    case 'sequence':
      return sequence(...expression.parts.map((part) => withoutDead(part, isDead)))
    case 'choice':
      return choice(...expression.options.map((option) => withoutDead(option, isDead)).filter((each) => !isNever(each)))
    case 'repeat':
      return repeat(withoutDead(expression.part, isDead), expression.least, expression.most)
    default:
      return expression
  }
}
