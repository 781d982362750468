import type { Automaton } from '../automaton/automaton.ts'
import { automatonOf } from '../automaton/automaton-of.ts'
import type { Expression } from '../grammar.ts'
import { RecentCache } from '../recent-cache.ts'
import type { SchemaContext } from './schema-context.ts'

/** What it costs to make one state, in the steps that a schema may take. */
export const stepsOfState = 3
/** Large ones take about half a megabyte each. */
const mostKept = 48

interface Made {
  readonly limit: number
  readonly automaton: Automaton | undefined
}

const recent = new RecentCache<Expression, Made>(mostKept)
const ofSchemas = new WeakMap<SchemaContext, Map<Expression, Made>>()

/**
 * The automaton of an expression without rules; undefined when it has more states than `limit`. The same patterns come
 * again at many places of a schema, and with every request, so the automata of those used last are kept.
 */
export function patternAutomaton(
  context: SchemaContext,
  expression: Expression,
  { limit, path }: { readonly limit: number; readonly path: string },
): Automaton | undefined {
  const own = ofSchemas.get(context) ?? new Map<Expression, Made>()
  ofSchemas.set(context, own)
  const known = own.get(expression)
  if (known && isEnough(known, limit)) return within(known, limit)
  const before = recent.get(expression)
  const made = before && isEnough(before, limit) ? before : { limit, automaton: automatonOf(expression, limit) }
  recent.set(expression, made)
  own.set(expression, made)
  context.spend(stepsOfState * (made.automaton?.states.length ?? limit), path)
  return within(made, limit)
}

const isEnough = (made: Made, limit: number): boolean => made.automaton !== undefined || made.limit >= limit

const within = ({ automaton }: Made, limit: number): Automaton | undefined =>
  automaton && automaton.states.length <= limit ? automaton : undefined
