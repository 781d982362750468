import { choice, isNever, never, repeat, sequence } from '../expressions.ts'
import type { Expression } from '../grammar.ts'

/** How many characters the texts of an expression have; `most` is Infinity where there is no end. */
export interface LengthRange {
  readonly least: number
  readonly most: number
}

/**
 * The texts of an expression without rules that have so many characters, counts kept as counts. Undefined: that takes
 * an automaton.
 */
export function withLength(
  expression: Expression,
  least: number,
  most = Number.POSITIVE_INFINITY,
): Expression | undefined {
  const range = lengthsOf(expression)
  if (range.least >= least && range.most <= most) return expression
  if (range.most < least || range.least > most) return never
  if (expression.type === 'repeat') return repeatWithLength(expression, least, most)
  if (expression.type === 'choice') {
    const options = expression.options.map((option) => withLength(option, least, most))
    const known = options.filter((option) => option !== undefined)
    return known.length === options.length ? choice(...known.filter((option) => !isNever(option))) : undefined
  }
  if (expression.type !== 'sequence') return undefined
  const ranges = expression.parts.map(lengthsOf)
  const loose = ranges.flatMap((each, index) => (each.least === each.most ? [] : [index]))
  const [only, another] = loose
  if (only === undefined || another !== undefined) return undefined
  const fixed = ranges.reduce((sum, each, index) => (index === only ? sum : sum + each.least), 0)
  const part = expression.parts[only]
  const inside = part && withLength(part, Math.max(0, least - fixed), most - fixed)
  return inside && sequence(...expression.parts.map((each, index) => (index === only ? inside : each)))
}

/**
 * Some of the texts of an expression, none of which has more characters: each repetition without an end gets the same
 * one, as far as it can go. Undefined: that would be fewer than `fewest` rounds, or a text could be too short.
 */
export function boundedTo(
  expression: Expression,
  { least, most }: LengthRange,
  fewest: number,
): Expression | undefined {
  if (lengthsOf(expression).least < least) return undefined
  let low = 0
  let high = most
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (lengthsOf(withEnds(expression, middle)).most <= most) low = middle
    else high = middle - 1
  }
  return low < fewest ? undefined : withEnds(expression, low)
}

function withEnds(expression: Expression, most: number): Expression {
  switch (expression.type) {
    case 'sequence':
      return sequence(...expression.parts.map((part) => withEnds(part, most)))
    case 'choice':
      return choice(...expression.options.map((option) => withEnds(option, most)))
    case 'repeat': {
      const end = Math.max(expression.least, Math.min(most, expression.most ?? most))
      return repeat(withEnds(expression.part, most), expression.least, end)
    }
    default:
      return expression
  }
}

function repeatWithLength(
  { part, least: low, most: high }: Expression & { readonly type: 'repeat' },
  least: number,
  most: number,
): Expression | undefined {
  const each = lengthsOf(part)
  if (each.least !== each.most || each.least === 0) return undefined
  const first = Math.max(low, Math.ceil(least / each.least))
  const last = Math.min(high ?? Number.POSITIVE_INFINITY, Math.floor(most / each.least))
  return repeat(part, first, Number.isFinite(last) ? last : undefined)
}

function lengthsOf(expression: Expression): LengthRange {
  switch (expression.type) {
    case 'text': {
      const length = [...expression.text].length
      return { least: length, most: length }
    }
    case 'character':
      return { least: 1, most: 1 }
    case 'sequence':
      return expression.parts
        .map(lengthsOf)
        .reduce((sum, each) => ({ least: sum.least + each.least, most: sum.most + each.most }), { least: 0, most: 0 })
    case 'choice':
      return expression.options
        .map(lengthsOf)
        .reduce((all, each) => ({ least: Math.min(all.least, each.least), most: Math.max(all.most, each.most) }), {
          least: Number.POSITIVE_INFINITY,
          most: 0,
        })
    case 'repeat': {
      const each = lengthsOf(expression.part)
      const high = expression.most ?? Number.POSITIVE_INFINITY
      return { least: each.least * expression.least, most: each.most === 0 ? 0 : each.most * high }
    }
    default:
      return { least: 0, most: Number.POSITIVE_INFINITY }
  }
}
