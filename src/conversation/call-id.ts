/** Gives as many random letters and digits as it is asked for. */
export type RandomLetters = (count: number) => string

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export const randomLetters: RandomLetters = (count) => {
  const numbers = crypto.getRandomValues(new Uint32Array(count))
  return [...numbers].map((number) => alphabet[number % alphabet.length]).join('')
}

/** The id of a new call: OpenAI's kind, or nine letters and digits for templates that refuse all others. */
export const makeCallId = (style: 'short' | undefined, letters: RandomLetters): string =>
  style === 'short' ? letters(9) : `call_${letters(24)}`

/** Nine letters and digits for any id; the same ones for the same id. */
export function shortId(id: string): string {
  if (/^[A-Za-z0-9]{9}$/.test(id)) return id
  // FNV-1a, twice over with different seeds: 64 bits are more than nine letters hold.
  let rest = (BigInt(hash(id, 0x811c9dc5)) << 32n) | BigInt(hash(id, 0x01000193))
  let short = ''
  while (short.length < 9) {
    short += alphabet[Number(rest % 62n)]
    rest /= 62n
  }
  return short
}

function hash(text: string, seed: number): number {
  let value = seed
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value
}
