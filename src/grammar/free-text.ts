import { automatonExpression } from './automaton/automaton-expression.ts'
import { automatonUntil, automatonWithout } from './automaton/word-automaton.ts'
import { anyCharacter, choice, nothing, repeat, sequence, text } from './expressions.ts'
import type { Expression } from './grammar.ts'
import type { RuleBook } from './rule-book.ts'

/** Any text at all, the empty one included. */
export function anyText(): Expression {
  return repeat(anyCharacter)
}

/**
 * Any text that holds none of the stops, the empty one included. It may end with the beginning of a stop, so what is
 * written behind it should not complete one; `textUntil` is for a text and the stop behind it.
 */
export function textWithout(book: RuleBook, ...stops: readonly string[]): Expression {
  const words = stops.filter((stop) => stop !== '')
  if (words.length === 0) return anyText()
  return automatonExpression(automatonWithout(words), { book, name: 'text-without' })
}

/** Any text up to the first of the stops, and that stop. At least one stop must be given, and none be empty. */
export function textUntil(book: RuleBook, ...stops: readonly string[]): Expression {
  return automatonExpression(automatonUntil(stops), { book, name: 'text-until' })
}

/** One of the texts. What they begin with together is written once. */
export function oneOfTexts(texts: readonly string[]): Expression {
  return anyOfTails(
    [...new Set(texts)].sort().map((each) => [...each]),
    0,
  )
}

/** The tails are in order, so those with the same first character stand side by side. */
function anyOfTails(tails: readonly (readonly string[])[], at: number): Expression {
  const options: Expression[] = []
  for (let start = 0; start < tails.length; ) {
    const first = tails[start] ?? []
    if (first.length === at) {
      options.push(nothing)
      start++
      continue
    }
    let end = start + 1
    while (end < tails.length && tails[end]?.[at] === first[at]) end++
    options.push(groupOfTails(tails.slice(start, end), at))
    start = end
  }
  return choice(...options)
}

/** All of them have at least one character more, and the same one. */
function groupOfTails(tails: readonly (readonly string[])[], at: number): Expression {
  const [first = []] = tails
  const last = tails.at(-1) ?? []
  let end = at
  while (end < first.length && first[end] === last[end]) end++
  const shared = text(first.slice(at, end).join(''))
  return tails.length === 1 ? shared : sequence(shared, anyOfTails(tails, end))
}
