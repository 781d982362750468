import { inSteps, type Steps } from './stepwise.ts'

/** The bytes of all tokens in one piece: those of token `t` are `bytes[starts[t]]` to `bytes[starts[t + 1] - 1]`. */
export interface TokenTexts {
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
}

export function* tokenTexts(texts: readonly Uint8Array[]): Steps<TokenTexts> {
  const starts = new Uint32Array(texts.length + 1)
  for (let token = 0; token < texts.length; token++) {
    starts[token + 1] = (starts[token] as number) + (texts[token] as Uint8Array).length
  }
  const bytes = new Uint8Array(starts[texts.length] as number)
  yield* inSteps(texts.length, (from, to) => {
    for (let token = from; token < to; token++) bytes.set(texts[token] as Uint8Array, starts[token])
  })
  return { bytes, starts }
}

/** Tokens that have bytes, ordered by them. Tokens of equal bytes are in the order of their ids. */
export function* sortByBytes(texts: TokenTexts): Steps<Uint32Array> {
  const { starts } = texts
  const tokens = new Uint32Array(starts.length - 1)
  let count = 0
  for (let token = 0; token < tokens.length; token++) {
    if ((starts[token] as number) < (starts[token + 1] as number)) tokens[count++] = token
  }
  const sorted = tokens.slice(0, count)
  yield* sortParts(sorted, texts)
  return sorted
}

/** Texts that are equal up to `depth`. */
interface Part {
  readonly tokens: Uint32Array
  readonly depth: number
}

/** Tokens that are compared in one step. */
const stepComparisons = 8192

/** Multikey quicksort (Bentley and Sedgewick, 1997). */
function* sortParts(tokens: Uint32Array, texts: TokenTexts): Steps<void> {
  const open: Part[] = [{ tokens, depth: 0 }]
  let compared = 0
  for (let part = open.pop(); part; part = open.pop()) {
    splitPart(part, texts, open)
    compared += part.tokens.length
    if (compared < stepComparisons) continue
    compared = 0
    yield
  }
}

/** Splits a part by the byte behind what is equal, and leaves open what has still to be split. */
function splitPart({ tokens, depth }: Part, texts: TokenTexts, open: Part[]): void {
  const pivot = byteAt(texts, tokens[tokens.length >> 1] as number, depth)
  let low = 0
  let high = tokens.length
  for (let index = 0; index < high; ) {
    const byte = byteAt(texts, tokens[index] as number, depth)
    if (byte < pivot) swap(tokens, index++, low++)
    else if (byte > pivot) swap(tokens, index, --high)
    else index++
  }
  if (low > 1) open.push({ tokens: tokens.subarray(0, low), depth })
  if (tokens.length - high > 1) open.push({ tokens: tokens.subarray(high), depth })
  const equal = tokens.subarray(low, high)
  if (pivot < 0) equal.sort()
  else if (equal.length > 1) open.push({ tokens: equal, depth: depth + 1 })
}

/** -1 behind the end. */
function byteAt({ bytes, starts }: TokenTexts, token: number, depth: number): number {
  const at = (starts[token] as number) + depth
  return at < (starts[token + 1] as number) ? (bytes[at] as number) : -1
}

function swap(tokens: Uint32Array, left: number, right: number): void {
  const token = tokens[left] as number
  tokens[left] = tokens[right] as number
  tokens[right] = token
}

/** Bytes of a token. */
export function lengthOf({ starts }: TokenTexts, token: number): number {
  return (starts[token + 1] as number) - (starts[token] as number)
}

/** Bytes at the beginning that two tokens share. */
export function sharedLength(texts: TokenTexts, left: number, right: number): number {
  const { bytes, starts } = texts
  const leftStart = starts[left] as number
  const rightStart = starts[right] as number
  const end = Math.min(lengthOf(texts, left), lengthOf(texts, right))
  let length = 0
  while (length < end && bytes[leftStart + length] === bytes[rightStart + length]) length++
  return length
}
