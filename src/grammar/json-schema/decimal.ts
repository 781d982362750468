/** A decimal number without any rounding: `units` / 10^`places`. */
export interface Decimal {
  readonly units: bigint
  /** From 0 on. */
  readonly places: number
}

/** The number that JSON's text of a double says. */
export function decimalOf(value: number): Decimal {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  const units = BigInt(`${sign}${whole}${fraction}`)
  const places = fraction.length - Number(exponent)
  return places >= 0 ? { units, places } : { units: units * 10n ** BigInt(-places), places: 0 }
}

/** The number in units of 10^-`places`, rounded up or down where it has more places. */
export function unitsOf({ units, places }: Decimal, at: number, rounding: 'up' | 'down'): bigint {
  if (places <= at) return units * 10n ** BigInt(at - places)
  const divisor = 10n ** BigInt(places - at)
  const quotient = units / divisor
  if (units % divisor === 0n) return quotient
  if (rounding === 'up') return units > 0n ? quotient + 1n : quotient
  return units < 0n ? quotient - 1n : quotient
}

/** Whether the number is a whole multiple of the step. */
export function isMultiple(value: number, step: number): boolean {
  const number = decimalOf(value)
  const divisor = decimalOf(step)
  const places = Math.max(number.places, divisor.places)
  return unitsOf(number, places, 'down') % unitsOf(divisor, places, 'down') === 0n
}

export function greatestDivisor(left: bigint, right: bigint): bigint {
  let [one, other] = [left, right]
  while (other !== 0n) [one, other] = [other, one % other]
  return one
}

export function leastMultiple(left: bigint, right: bigint): bigint {
  return (left / greatestDivisor(left, right)) * right
}
