import {
  character,
  choice,
  isNever,
  never,
  nothing,
  optional,
  rangesOf,
  repeat,
  sequence,
  text,
} from '../expressions.ts'
import type { Expression } from '../grammar.ts'
import { greatestDivisor } from './decimal.ts'
import type { SchemaContext } from './schema-context.ts'

/** Where the writing of one number stands. */
interface Place {
  /** Digits that may still come, those behind the point included. */
  readonly left: number
  /** What has been written, as a number, modulo what matters of it for the digits left. */
  readonly rest: bigint
  /** The digits left of the lower bound, while all digits so far were the same as its. */
  readonly low?: string
  readonly high?: string
  /** The first digit of a number that has more than one before the point. */
  readonly isFirst?: boolean
}

interface DigitScale {
  /** Digits behind the point. */
  readonly places: number
  /** Only multiples of it, in units of the last place. */
  readonly step: bigint
}

const maxStates = 3000

/**
 * Writes numbers from 0 on digit by digit: as an automaton that knows the remainder of what has been written, and
 * whether it is still at a bound.
 */
export class DigitWriter {
  readonly #context: SchemaContext
  readonly #places: number
  readonly #step: bigint
  readonly #known = new Map<string, Expression>()
  #isTooLarge = false

  constructor(context: SchemaContext, { places, step }: DigitScale) {
    this.#context = context
    this.#places = places
    this.#step = step
  }

  /** The numbers between two bounds in units of the last place, both included. Undefined: it would take too many rules. */
  write(low: bigint, high: bigint): Expression | undefined {
    const options: Expression[] = []
    const whole: number[] = []
    for (let length = 1; this.#lowest(length) <= high; length++) {
      const lowest = this.#lowest(length)
      const highest = 10n ** BigInt(length + this.#places) - 1n
      if (low > highest) continue
      if (this.#step === 1n && low <= lowest && high >= highest) whole.push(length)
      else options.push(this.#between(length, low > lowest ? low : lowest, high < highest ? high : highest))
      if (this.#isTooLarge) return undefined
    }
    return choice(...this.#free(whole), ...options.filter((option) => !isNever(option)))
  }

  /** The least number with so many digits before the point. */
  #lowest(length: number): bigint {
    return length === 1 ? 0n : 10n ** BigInt(length - 1 + this.#places)
  }

  /** All numbers of these lengths, which follow each other. */
  #free(lengths: readonly number[]): readonly Expression[] {
    const longer = lengths.filter((length) => length > 1)
    const [shortest] = longer
    const longest = longer.at(-1)
    const options = lengths.includes(1) ? [sequence(digits(0, 9), this.#fraction())] : []
    if (shortest === undefined || longest === undefined) return options
    return [...options, sequence(digits(1, 9), repeat(digits(0, 9), shortest - 1, longest - 1), this.#fraction())]
  }

  #fraction(): Expression {
    return this.#places === 0 ? nothing : optional(sequence(text('.'), repeat(digits(0, 9), 1, this.#places)))
  }

  #between(length: number, low: bigint, high: bigint): Expression {
    const left = length + this.#places
    const pad = (value: bigint) => String(value).padStart(left, '0')
    return this.#at({ left, rest: 0n, low: pad(low), high: pad(high), isFirst: length > 1 })
  }

  #at(place: Place): Expression {
    const key = [place.left, place.rest, place.low ?? '*', place.high ?? '*', place.isFirst ?? ''].join()
    const known = this.#known.get(key)
    if (known) return known
    this.#context.spend(8, '')
    this.#isTooLarge ||= this.#known.size >= maxStates
    if (this.#isTooLarge) return never
    const expression = this.#open(place)
    const isSmall = expression.type === 'text' || expression.type === 'character' || isNever(expression)
    const result = isSmall ? expression : this.#context.book.add('digits', expression)
    this.#known.set(key, result)
    return result
  }

  #open(place: Place): Expression {
    const { left } = place
    if (left > this.#places) return this.#digit(place)
    const ends = this.#canEnd(place) ? [nothing] : []
    if (left === 0) return choice(...ends)
    const more = this.#digit(place)
    const isPoint = left === this.#places
    if (isNever(more)) return choice(...ends)
    return choice(...ends, isPoint ? sequence(text('.'), more) : more)
  }

  /** Whether the number may end here: as if zeros followed. */
  #canEnd({ rest, low }: Place): boolean {
    return rest === 0n && (low === undefined || /^0*$/.test(low))
  }

  #digit({ left, rest, low, high, isFirst }: Place): Expression {
    if (this.#step === 1n && low === undefined && high === undefined) return this.#anyDigits(left)
    const modulus = this.#step / greatestDivisor(this.#step, 10n ** BigInt(left - 1))
    const ways = new Map<Expression, [number, number][]>()
    const first = Math.max(isFirst ? 1 : 0, low === undefined ? 0 : Number(low[0]))
    const last = high === undefined ? 9 : Number(high[0])
    for (let digit = first; digit <= last; digit++) {
      const next = this.#at({
        left: left - 1,
        rest: (rest * 10n + BigInt(digit)) % modulus,
        ...(low !== undefined && digit === Number(low[0]) ? { low: low.slice(1) } : {}),
        ...(high !== undefined && digit === last ? { high: high.slice(1) } : {}),
      })
      if (isNever(next)) continue
      ways.set(next, [...(ways.get(next) ?? []), [0x30 + digit, 0x30 + digit]])
    }
    return choice(...[...ways].map(([next, ranges]) => sequence(character(rangesOf(ranges)), next)))
  }

  /** Nothing is to be kept any more. */
  #anyDigits(left: number): Expression {
    const whole = left - this.#places
    if (whole <= 0) return repeat(digits(0, 9), 1, left)
    return sequence(repeat(digits(0, 9), whole, whole), this.#fraction())
  }
}

function digits(low: number, high: number): Expression {
  return character([[0x30 + low, 0x30 + high]])
}
