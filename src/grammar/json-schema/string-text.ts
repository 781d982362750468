import type { Automaton } from '../automaton/automaton.ts'
import { automatonExpression } from '../automaton/automaton-expression.ts'
import { automatonOf } from '../automaton/automaton-of.ts'
import { isEmptyAutomaton, joinAutomata, lengthAutomaton } from '../automaton/automaton-product.ts'
import { automatonWithLength } from '../automaton/automaton-with-length.ts'
import { anyCharacter, everyCharacter, never, type Ranges, repeat, sequence, text } from '../expressions.ts'
import { oneOfTexts } from '../free-text.ts'
import type { Expression } from '../grammar.ts'
import { anyJsonString } from './any-json.ts'
import { jsonAnyCharacter, jsonCharacter, jsonCharacters, jsonEncoded } from './json-characters.ts'
import { patternAutomaton, stepsOfState } from './pattern-automata.ts'
import type { SchemaContext } from './schema-context.ts'
import type { TextFacts } from './text-facts.ts'
import { boundedTo, withLength } from './text-length.ts'

type Excluded = readonly { readonly value: string; readonly path: string }[]

/** Most states of an automaton for a pattern, and for several facts of a string joined. */
const maxStates = 1000
const maxJoined = 4000
/** Up to so many states a length is kept exactly, before texts are rather kept shorter than they might be. */
const maxExact = 1500
/** Up to so many it is tried, as most of them may turn out not to be there. */
const maxTried = 2 * maxJoined
/** With fewer rounds of each repetition, texts would be kept much shorter than asked; with fewer still, too short. */
const manyRounds = 16
const fewRounds = 4
/** Classes of so many ranges are written once, and called where they are used. */
const manyRanges = 8

/** The texts of the strings that are allowed, quotes included. `excluded`: strings that are not. */
export function stringText(context: SchemaContext, facts: TextFacts, excluded: Excluded): Expression {
  const { book } = context
  const { least, most, patterns } = facts
  if (patterns.length === 0 && excluded.length === 0) {
    if (least.value === 0 && !most) return anyJsonString(book)
    return quoted(repeat(jsonAnyCharacter(book), least.value, most?.value))
  }
  const inside = stringContent(context, facts, excluded)
  if (!('states' in inside)) return quoted(jsonEncoded(book, inside))
  return quoted(automatonText(context, inside, 'string'))
}

/** An automaton over characters of a value, written as they stand in a JSON string. */
export function automatonText(context: SchemaContext, automaton: Automaton, name: string): Expression {
  if (isEmptyAutomaton(automaton)) return never
  const { book } = context
  context.spend(automaton.states.length, '')
  const classes = new Map<string, Expression>()
  const write = (ranges: Ranges) => {
    if (ranges.length < manyRanges) return isEverything(ranges) ? jsonCharacter(book) : jsonCharacters(ranges)
    const key = ranges.join(' ')
    const known = classes.get(key) ?? book.add('characters', jsonCharacters(ranges))
    classes.set(key, known)
    return known
  }
  return automatonExpression(automaton, { book, name, write })
}

function isEverything(ranges: Ranges): boolean {
  return ranges.join() === everyCharacter.join()
}

/** The values of the strings that are allowed, before they are written as JSON. */
export function stringContent(context: SchemaContext, facts: TextFacts, excluded: Excluded): Expression | Automaton {
  const { least, patterns } = facts
  const [only, another] = patterns
  if (excluded.length === 0 && !another && !only?.isNegated) {
    const measured = withLength(only?.expression ?? repeat(anyCharacter), least.value, facts.most?.value)
    if (measured) return measured
  }
  const joined = joinFacts(context, patterns, excluded)
  if (only && !another && excluded.length === 0 && facts.most) {
    const range = { least: least.value, most: facts.most.value }
    const states = (joined?.states.length ?? Number.POSITIVE_INFINITY) * range.most
    const bounded = states > maxExact && boundedTo(only.expression, range, states > maxTried ? fewRounds : manyRounds)
    if (bounded) return bounded
  }
  for (const { path } of joined ? [] : patterns)
    context.drop(path, 'The pattern is too large to be enforced together with the other keywords')
  return withLengthJoined(context, joined ?? lengthAutomaton(0), facts)
}

/** The texts that belong to all patterns and are not excluded. Undefined: a pattern is too large. */
function joinFacts(context: SchemaContext, patterns: TextFacts['patterns'], excluded: Excluded): Automaton | undefined {
  let joined: Automaton | undefined
  for (const { expression, path, isNegated } of patterns) {
    const automaton = patternAutomaton(context, expression, { limit: maxStates, path })
    if (!automaton) return undefined
    const isPlain = !joined && !isNegated
    joined = isPlain
      ? automaton
      : join(context, joined ?? lengthAutomaton(0), { automaton, path, isExcluded: isNegated })
  }
  const [first] = excluded
  if (!first) return joined
  const { path } = first
  const automaton = automatonOf(oneOfTexts(excluded.map(({ value }) => value)), maxStates)
  context.spend(automaton?.states.length ?? maxStates, path)
  if (!automaton) context.drop(path, 'The values are too many or too long')
  return automaton ? join(context, joined ?? lengthAutomaton(0), { automaton, path, isExcluded: true }) : joined
}

function join(
  context: SchemaContext,
  left: Automaton,
  right: { readonly automaton: Automaton; readonly path: string; readonly isExcluded?: boolean },
): Automaton {
  const accepts = right.isExcluded
    ? (one: boolean, other: boolean) => one && !other
    : (one: boolean, other: boolean) => one && other
  const joined = joinAutomata(left, right.automaton, { accepts, limit: maxJoined })
  context.spend(stepsOfState * (joined?.states.length ?? maxJoined), right.path)
  if (!joined) context.drop(right.path, 'It is too large to be enforced together with the other keywords')
  return joined ?? left
}

/**
 * The same with the lengths. Where too many states would come of it, the texts are kept shorter than they might be,
 * but never invalid.
 */
function withLengthJoined(context: SchemaContext, automaton: Automaton, { least, most }: TextFacts): Automaton {
  if (least.value === 0 && !most) return automaton
  const path = most?.path ?? least.path
  const room = Math.floor(maxJoined / automaton.states.length) - 1
  const longest = most?.value ?? Number.POSITIVE_INFINITY
  for (const limit of most ? [longest, Math.min(longest, Math.max(room, least.value))] : [longest]) {
    if (Math.max(least.value, most ? limit : 0) * automaton.states.length > maxTried) continue
    const range = { least: least.value, most: limit, limit: maxJoined }
    const joined = automatonWithLength(automaton, range)
    context.spend(stepsOfState * (joined?.states.length ?? maxJoined), path)
    if (joined) return joined
  }
  context.drop(path, 'This length is too large to be enforced together with the other keywords')
  return automaton
}

function quoted(inside: Expression): Expression {
  return sequence(text('"'), inside, text('"'))
}
