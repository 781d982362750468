import type { Automaton } from '../automaton/automaton.ts'
import { automatonOf } from '../automaton/automaton-of.ts'
import { isEmptyAutomaton, joinAutomata, lengthAutomaton } from '../automaton/automaton-product.ts'
import { repeat, sequence, text } from '../expressions.ts'
import { oneOfTexts } from '../free-text.ts'
import type { Expression } from '../grammar.ts'
import { jsonCharacter } from './json-characters.ts'
import { isWrittenOpen, type NamePattern, type ObjectFacts } from './object-facts.ts'
import { stepsOfState } from './pattern-automata.ts'
import type { SchemaReader } from './schema-reader.ts'
import { automatonText, stringContent } from './string-text.ts'
import { allOf, type Conjunction } from './subschema.ts'

/** Members with names of which the schema does not speak: their names, as JSON strings, and what they must be. */
export interface ExtraMembers {
  readonly name: Expression
  readonly member: Conjunction
}

/** With more patterns the ways in which names match some and not others get too many. */
const maxPatterns = 4
const maxStates = 6000

/** Which members there may be beside the declared ones: one entry for each way in which names match patterns. */
export function extraMembers(reader: SchemaReader, facts: ObjectFacts): readonly ExtraMembers[] {
  const patterns = new Map(facts.parts.flatMap((part) => part.patterns.map((pattern) => [pattern.source, pattern])))
  const [, , , , tooMany] = [...patterns.values()]
  if (tooMany) reader.context.drop(tooMany.path, `More than ${maxPatterns} patterns of names cannot be enforced`)
  const kept = [...patterns.values()].slice(0, maxPatterns)
  const result: ExtraMembers[] = []
  for (let mask = isWrittenOpen(facts) ? 0 : 1; mask < 1 << kept.length; mask++) {
    const matched = new Set(kept.filter((_, index) => mask & (1 << index)).map(({ source }) => source))
    const member = memberOfMatched(facts, matched)
    if (member.some(({ isFalse }) => isFalse)) continue
    const name = nameText(reader, facts, { kept, matched })
    if (name) result.push({ name, member })
  }
  return result
}

function memberOfMatched({ parts }: ObjectFacts, matched: ReadonlySet<string>): Conjunction {
  return allOf(
    ...parts.flatMap(({ patterns, additional }) => {
      const found = patterns.filter(({ source }) => matched.has(source))
      return found.length > 0 ? found.map(({ member }) => member) : [additional]
    }),
  )
}

/** The names that match some patterns and not the others. Undefined: there are none. */
function nameText(
  reader: SchemaReader,
  facts: ObjectFacts,
  { kept, matched }: { readonly kept: readonly NamePattern[]; readonly matched: ReadonlySet<string> },
): Expression | undefined {
  const { context } = reader
  const asked = namesAsked(reader, facts)
  if (!asked && facts.names.length === 0 && kept.length === 0)
    return sequence(text('"'), repeat(jsonCharacter(context.book)), text('"'))
  let automaton = asked ?? lengthAutomaton(0)
  for (const pattern of kept) automaton = join(reader, automaton, { ...pattern, isIn: matched.has(pattern.source) })
  automaton = withoutNames(reader, automaton, facts)
  if (isEmptyAutomaton(automaton)) return undefined
  return sequence(text('"'), automatonText(context, automaton, 'name'), text('"'))
}

/** The names that `propertyNames` allows. Undefined: any. */
function namesAsked(reader: SchemaReader, { nameSchemas }: ObjectFacts): Automaton | undefined {
  const [first] = nameSchemas
  if (!first) return undefined
  const path = first.path
  let joined: Automaton = { states: [{ isEnd: false, edges: [] }] }
  for (const shape of reader.shapesOf(nameSchemas)) {
    if (shape.values || !shape.types.has('string')) continue
    const excluded = shape.excluded.flatMap((each) =>
      typeof each.value === 'string' ? [{ value: each.value, path: each.path }] : [],
    )
    const content = stringContent(reader.context, shape.text, excluded)
    const automaton = 'states' in content ? content : automatonOf(content, maxStates)
    const both =
      automaton && joinAutomata(joined, automaton, { accepts: (one, other) => one || other, limit: maxStates })
    reader.context.spend(both?.states.length ?? maxStates, path)
    if (both) joined = both
    else reader.context.drop(path, 'This is too large to be enforced on names')
  }
  return joined
}

/** Declared names stand in their own places, so no other member has one of them. */
function withoutNames(reader: SchemaReader, automaton: Automaton, { names, parts }: ObjectFacts): Automaton {
  if (names.length === 0) return automaton
  const path = parts[0]?.schema.path ?? ''
  const isLong = names.some((name) => name.length > maxStates)
  const words = isLong ? undefined : automatonOf(oneOfTexts(names), maxStates)
  if (words) return join(reader, automaton, { automaton: words, path, isIn: false })
  reader.context.drop(
    `${path}.properties`,
    'The names are too many and too long to keep additional properties apart from them; set "additionalProperties" to false',
  )
  return automaton
}

function join(
  { context }: SchemaReader,
  left: Automaton,
  right: { readonly automaton: Automaton; readonly path: string; readonly isIn: boolean },
): Automaton {
  const accepts = right.isIn
    ? (one: boolean, other: boolean) => one && other
    : (one: boolean, other: boolean) => one && !other
  const joined = joinAutomata(left, right.automaton, { accepts, limit: maxStates })
  context.spend(stepsOfState * (joined?.states.length ?? maxStates), right.path)
  if (!joined) context.drop(right.path, 'This is too large to be enforced on names')
  return joined ?? left
}
