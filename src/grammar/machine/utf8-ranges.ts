/** Both ends included. */
export type ByteRange = readonly [first: number, last: number]

/** The first code point with each number of UTF-8 bytes, and the end. */
const lengthBounds = [0, 0x80, 0x800, 0x10000, 0x110000]
const firstSurrogate = 0xd800
const lastSurrogate = 0xdfff

/**
 * The UTF-8 texts of a range of code points, as sequences of ranges of bytes: a text belongs to the range when its bytes
 * are in the ranges of one sequence, each in its place. Sequences are ordered; the first ranges of any two are equal or
 * apart, and so on with what follows equal ones. Surrogates are left out.
 */
export function utf8Ranges(first: number, last: number): readonly (readonly ByteRange[])[] {
  const sequences: ByteRange[][] = []
  for (const [from, to] of [
    [first, Math.min(last, firstSurrogate - 1)],
    [Math.max(first, lastSurrogate + 1), last],
  ] as const) {
    for (let length = 1; length <= 4; length++) {
      const low = Math.max(from, lengthBounds[length - 1] as number)
      const high = Math.min(to, (lengthBounds[length] as number) - 1)
      if (low <= high) split(low, high, { length, sequences })
    }
  }
  return sequences
}

/** Cuts a range until all of its texts differ in one place only or fill whole blocks from there on. */
function split(low: number, high: number, into: { readonly length: number; readonly sequences: ByteRange[][] }): void {
  for (let bits = 6 * (into.length - 1); bits > 0; bits -= 6) {
    const block = 2 ** bits
    if (Math.floor(low / block) === Math.floor(high / block)) continue
    if (low % block !== 0) {
      const end = (Math.floor(low / block) + 1) * block
      split(low, end - 1, into)
      split(end, high, into)
      return
    }
    if (high % block !== block - 1) {
      const start = Math.floor(high / block) * block
      split(low, start - 1, into)
      split(start, high, into)
      return
    }
  }
  const from = encode(low, into.length)
  const to = encode(high, into.length)
  into.sequences.push(from.map((byte, index) => [byte, to[index] as number]))
}

function encode(codePoint: number, length: number): readonly number[] {
  if (length === 1) return [codePoint]
  const lead = [0, 0, 0xc0, 0xe0, 0xf0][length] as number
  const bytes = [lead | (codePoint >> (6 * (length - 1)))]
  for (let bits = 6 * (length - 2); bits >= 0; bits -= 6) bytes.push(0x80 | ((codePoint >> bits) & 0x3f))
  return bytes
}
