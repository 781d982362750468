import { choice, isNever, never, sequence, text } from '../expressions.ts'
import { oneOfTexts } from '../free-text.ts'
import type { Expression } from '../grammar.ts'
import { anyJsonNumber } from './any-json.ts'
import { decimalOf, leastMultiple, unitsOf } from './decimal.ts'
import { DigitWriter } from './digit-writer.ts'
import type { NumberFacts } from './number-facts.ts'
import type { SchemaContext } from './schema-context.ts'

/** No larger number is written where a bound or a step is to be kept: doubles beyond have gaps. */
const largest = BigInt(Number.MAX_SAFE_INTEGER)
/** A decimal of so many digits is still another double than the next one. */
const mostUnits = 10n ** 15n - 1n
/** Digits behind the point where nothing says how many. */
const freePlaces = 15
/** So few numbers are written one by one rather than digit by digit. */
const fewNumbers = 24n
const maxListed = 1024n

/** Whole units of 10^-`places`: all multiples of `step` from `low` to `high`. */
interface Units {
  readonly low: bigint
  readonly high: bigint
  readonly step: bigint
  readonly places: number
}

/** The texts of the numbers that are allowed. Whole numbers are written without a point or an exponent. */
export function numberText(context: SchemaContext, facts: NumberFacts, isInteger: boolean): Expression {
  const isFree = !facts.low && !facts.high && facts.steps.length === 0
  if (isFree && !isInteger) return anyJsonNumber(context.book)
  const make = () => writeUnits(context, facts, readUnits(facts, isInteger))
  return isFree ? context.book.once('json-integer', make) : make()
}

function readUnits({ low, high, steps }: NumberFacts, isInteger: boolean): Units {
  const decimals = steps.map(({ value }) => decimalOf(value))
  const stepPlaces = Math.max(0, ...decimals.map(({ places }) => places))
  const scaled = decimals.map((decimal) => unitsOf(decimal, stepPlaces, 'down')).reduce(leastMultiple, 1n)
  const whole = 10n ** BigInt(stepPlaces)
  const places = isInteger ? 0 : decimals.length > 0 ? stepPlaces : freePlaces
  const step = decimals.length === 0 ? 1n : isInteger ? leastMultiple(scaled, whole) / whole : scaled
  const limit = decimals.length > 0 && places > 0 ? mostUnits : largest * 10n ** BigInt(places)
  const lowest = low ? unitsOf(decimalOf(low.value), places, 'up') : -limit
  const highest = high ? unitsOf(decimalOf(high.value), places, 'down') : limit
  return { low: lowest > -limit ? lowest : -limit, high: highest < limit ? highest : limit, step, places }
}

function writeUnits(context: SchemaContext, facts: NumberFacts, units: Units): Expression {
  const { low, high, step } = units
  if (low > high) return never
  const first = ceilTo(low, step)
  const count = first > high ? 0n : (high - first) / step + 1n
  if (count <= fewNumbers && step !== 1n) return listed(units, first)
  const digits = new DigitWriter(context, units)
  const positive = high >= 0n ? digits.write(low > 0n ? low : 0n, high) : never
  const negative = low < 0n ? digits.write(high < 0n ? -high : 1n, -low) : never
  if (positive && negative) return withSign(positive, negative)
  if (count <= maxListed) return listed(units, first)
  const [culprit] = facts.steps
  const path = culprit?.path ?? ''
  context.drop(path, 'Multiples of this number cannot be enforced over so wide a range')
  const { steps: _, ...others } = facts
  return numberText(context, { ...others, steps: [] }, units.places === 0)
}

function withSign(positive: Expression, negative: Expression): Expression {
  if (isNever(negative)) return positive
  const signed = sequence(text('-'), negative)
  if (isNever(positive)) return signed
  return choice(positive, signed)
}

/** All of them one by one, without zeros that say nothing. */
function listed({ high, step, places }: Units, first: bigint): Expression {
  const texts: string[] = []
  for (let units = first; units <= high; units += step) texts.push(textOf(units, places))
  return texts.length === 0 ? never : oneOfTexts(texts)
}

function textOf(units: bigint, places: number): string {
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places)
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

function ceilTo(value: bigint, step: bigint): bigint {
  const rest = ((value % step) + step) % step
  return rest === 0n ? value : value + step - rest
}
