/** The bytes of all tokens in one piece: those of token `t` are `bytes[starts[t]]` to `bytes[starts[t + 1] - 1]`. */
export interface TokenTexts {
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
}

export function tokenTexts(texts: readonly Uint8Array[]): TokenTexts {
  const starts = new Uint32Array(texts.length + 1)
  for (let token = 0; token < texts.length; token++) {
    starts[token + 1] = (starts[token] as number) + (texts[token] as Uint8Array).length
  }
  const bytes = new Uint8Array(starts[texts.length] as number)
  for (let token = 0; token < texts.length; token++) bytes.set(texts[token] as Uint8Array, starts[token])
  return { bytes, starts }
}

/** Tokens that have bytes, ordered by them. Tokens of equal bytes are in the order of their ids. */
export function sortByBytes(texts: TokenTexts): Uint32Array {
  const { starts } = texts
  const tokens = new Uint32Array(starts.length - 1)
  let count = 0
  for (let token = 0; token < tokens.length; token++) {
    if ((starts[token] as number) < (starts[token + 1] as number)) tokens[count++] = token
  }
  const sorted = tokens.slice(0, count)
  sortFrom(sorted, texts, 0)
  return sorted
}

/** Multikey quicksort (Bentley and Sedgewick, 1997) of texts that are equal up to `depth`. */
function sortFrom(part: Uint32Array, texts: TokenTexts, depth: number): void {
  for (let tokens = part; tokens.length > 1; depth++) {
    const pivot = byteAt(texts, tokens[tokens.length >> 1] as number, depth)
    let low = 0
    let high = tokens.length
    for (let index = 0; index < high; ) {
      const byte = byteAt(texts, tokens[index] as number, depth)
      if (byte < pivot) swap(tokens, index++, low++)
      else if (byte > pivot) swap(tokens, index, --high)
      else index++
    }
    sortFrom(tokens.subarray(0, low), texts, depth)
    sortFrom(tokens.subarray(high), texts, depth)
    tokens = tokens.subarray(low, high)
    if (pivot < 0) {
      tokens.sort()
      return
    }
  }
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

/** Bytes at the beginning that two tokens share. */
export function sharedLength({ bytes, starts }: TokenTexts, left: number, right: number): number {
  const leftStart = starts[left] as number
  const rightStart = starts[right] as number
  const end = Math.min((starts[left + 1] as number) - leftStart, (starts[right + 1] as number) - rightStart)
  let length = 0
  while (length < end && bytes[leftStart + length] === bytes[rightStart + length]) length++
  return length
}
