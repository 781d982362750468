import { choice, isNever, never, repeat, sequence } from '../expressions.ts'
import type { Expression } from '../grammar.ts'

/** How many characters the texts of an expression have; `most` is Infinity where there is no end. */
interface LengthRange {
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
