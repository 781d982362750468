/**
 * What pydantic writes for a decimal of so many digits, with a lookahead that cannot be enforced; and as its first way has
 * no end, whatever follows is let through, which no decimal is.
 */
const decimals =
  /^\^\(\?!\^\[-\+\.\]\*\$\)\[\+-\]\?0\*\(\?:\\d\{0,(\d{1,3})\}\|\(\?=\[\\d\.\]\{1,\d{1,3}\}0\*\$\)(?:\\d\*\\\.\\d\*|\\d\{0,\d{1,3}\}\\\.\\d\{0,(\d{1,3})\})0\*\$\)$/

/** A pattern that can be enforced, all texts of which match the one given; that one itself where nothing better is known. */
export function narrowerPattern(pattern: string): string {
  const [, before, behind] = decimals.exec(pattern) ?? []
  if (before === undefined) return pattern
  const whole = wholeNumber(Number(before))
  if (behind !== undefined) return `^-?${whole}${fraction(Number(behind))}$`
  const lengths = Array.from({ length: Math.max(0, Number(before) - 1) }, (_, index) => index + 1)
  const mixed = lengths.map((length) => `${digitsOf(length)}${fraction(Number(before) - length)}`)
  return `^-?(?:${[whole, ...mixed].join('|')})$`
}

const wholeNumber = (most: number): string => (most === 0 ? '0' : `(?:0|[1-9]\\d{0,${most - 1}})`)

const digitsOf = (count: number): string => (count === 1 ? '\\d' : `[1-9]\\d{${count - 1}}`)

const fraction = (most: number): string => (most === 0 ? '' : `(?:\\.\\d{1,${most}})?`)
