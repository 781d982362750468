import type { Vocabulary } from '../vocabulary.ts'

/** More tokens than these are not looked through for one that may take the place of others. */
const mostMerges = 64

/** Cuts bytes in the middle of a text into tokens, as the model would as far as that can be told. */
export class TextTokens {
  readonly #vocabulary: Vocabulary
  readonly #sorted: () => Uint32Array

  /** `sorted`: the tokens that may stand for their bytes, in the order of those. Asked for each time one is needed. */
  constructor(vocabulary: Vocabulary, sorted: () => Uint32Array) {
    this.#vocabulary = vocabulary
    this.#sorted = sorted
  }

  /** Tokens that are exactly these bytes. Throws when the vocabulary has none for them. */
  cut(bytes: Uint8Array): number[] {
    const [from, to] = wholeCharacters(bytes)
    const text = decode(bytes.subarray(from, to))
    const tokens = text === undefined ? [] : this.#vocabulary.tokenize(text, { readSpecialTokens: false })
    const all = [...this.#cutGreedily(bytes.subarray(0, from)), ...tokens, ...this.#cutGreedily(bytes.subarray(to))]
    // A tokenizer may put a space before a text, or have tokens that stand for more than their bytes.
    return this.#are(all, bytes) ? all : this.#cutGreedily(bytes)
  }

  /** Bytes of a token. */
  lengthOf(token: number): number {
    return this.#vocabulary.bytes(token).length
  }

  /**
   * Whether the model might write one token that begins with all of these bytes and goes on after them. `allows` tells
   * which tokens could come in their place.
   */
  mayMerge(bytes: Uint8Array, allows: (token: number) => boolean): boolean {
    const list = this.#sorted()
    let seen = 0
    for (let at = this.#lowerBound(list, bytes); at < list.length; at++) {
      const token = list[at] ?? 0
      const own = this.#vocabulary.bytes(token)
      if (!startsWith(own, bytes)) return false
      if (own.length > bytes.length && (seen++ >= mostMerges || allows(token))) return true
    }
    return false
  }

  #are(tokens: readonly number[], bytes: Uint8Array): boolean {
    let at = 0
    for (const token of tokens) {
      const own = this.#vocabulary.bytes(token)
      if (own.length === 0 || !startsWith(bytes.subarray(at), own)) return false
      at += own.length
    }
    return at === bytes.length
  }

  /** Each time the longest token that fits. */
  #cutGreedily(bytes: Uint8Array): number[] {
    const tokens: number[] = []
    for (let at = 0; at < bytes.length; ) {
      const token = this.#longest(bytes.subarray(at))
      if (token === undefined) throw new Error(`the vocabulary has no token for the byte ${bytes[at]}`)
      tokens.push(token)
      at += this.#vocabulary.bytes(token).length
    }
    return tokens
  }

  #longest(bytes: Uint8Array): number | undefined {
    const list = this.#sorted()
    // All tokens that the bytes begin with stand before the place of the bytes, the longest one last.
    for (let at = this.#lowerBound(list, bytes); at >= 0; at--) {
      const token = list[at]
      if (token === undefined) continue
      const own = this.#vocabulary.bytes(token)
      if (startsWith(bytes, own)) return token
      if ((own[0] ?? 0) < (bytes[0] ?? 0)) return undefined
    }
    return undefined
  }

  /** The place of the first token that is not before the bytes. */
  #lowerBound(list: Uint32Array, bytes: Uint8Array): number {
    let [low, high] = [0, list.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (Buffer.compare(this.#vocabulary.bytes(list[middle] ?? 0), bytes) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

const startsWith = (bytes: Uint8Array, start: Uint8Array) =>
  bytes.length >= start.length && start.every((byte, index) => bytes[index] === byte)

/** Where the first character begins and the last one ends, as far as UTF-8 tells. */
function wholeCharacters(bytes: Uint8Array): [from: number, to: number] {
  let from = 0
  while (from < bytes.length && isContinuation(bytes[from])) from++
  let last = bytes.length - 1
  while (last > from && isContinuation(bytes[last])) last--
  const lead = bytes[last] ?? 0
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return [from, last >= from && last + length > bytes.length ? last : Math.max(from, bytes.length)]
}

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

/** Nothing where the bytes are no UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
