import { character, choice, nothing, type Ranges, sequence } from '../expressions.ts'
import type { Expression } from '../grammar.ts'
import type { RuleBook } from '../rule-book.ts'
import type { Automaton } from './automaton.ts'

/** How an automaton is written down. */
export interface AutomatonWriting {
  readonly book: RuleBook
  /** What its rules are called. */
  readonly name: string
  /** How a character is written in the text; as it is, unless given. */
  readonly write?: (ranges: Ranges) => Expression
}

/** The texts of an automaton: one rule a state, each of which ends with a call of the next (no stack is needed). */
export function automatonExpression(automaton: Automaton, { book, name, write }: AutomatonWriting): Expression {
  const calls = automaton.states.map(() => book.reserve(name))
  for (const [index, { isEnd, edges }] of automaton.states.entries()) {
    const ways = edges.map(({ ranges, to }) => sequence((write ?? character)(ranges), calls[to] ?? nothing))
    const call = calls[index]
    if (call) book.fill(call, choice(...(isEnd ? [nothing] : []), ...ways))
  }
  return calls[0] ?? nothing
}
