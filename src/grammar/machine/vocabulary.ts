import type { TokenTable } from '../constraint.ts'
import { TokenTree } from './token-tree.ts'

/** A model's tokens, as masks and checks need them. Reads the whole table once. */
export class Vocabulary {
  readonly size: number
  /** Bytes of the longest token. */
  readonly longest: number
  /** Control tokens by their names; there can be several of one name. */
  readonly specials: ReadonlyMap<string, readonly number[]>
  readonly ends: readonly number[]
  readonly #specialTexts = new Map<number, string>()
  readonly #isEnd: Uint8Array
  readonly #bytes: readonly Uint8Array[]
  #tree: TokenTree | undefined

  constructor(table: TokenTable) {
    this.size = table.size
    this.#isEnd = new Uint8Array(table.size)
    const specials = new Map<string, number[]>()
    const bytes: Uint8Array[] = []
    let longest = 0
    for (let token = 0; token < table.size; token++) {
      const own = table.bytes(token)
      const isEnd = table.isEnd(token)
      if (isEnd) this.#isEnd[token] = 1
      // What ends the turn is never a part of the text, even where a vocabulary gives it bytes.
      bytes.push(isEnd ? noBytes : own)
      longest = Math.max(longest, own.length)
      const text = table.specialText(token)
      if (text === undefined) continue
      this.#specialTexts.set(token, text)
      specials.set(text, [...(specials.get(text) ?? []), token])
    }
    this.#bytes = bytes
    this.longest = longest
    this.specials = specials
    this.ends = [...this.#isEnd.keys()].filter((token) => this.#isEnd[token])
  }

  isEnd(token: number): boolean {
    return this.#isEnd[token] === 1
  }

  specialText(token: number): string | undefined {
    return this.#specialTexts.get(token)
  }

  /** None for ends. */
  bytes(token: number): Uint8Array {
    return this.#bytes[token] ?? noBytes
  }

  get tree(): TokenTree {
    this.#tree ??= new TokenTree(this.#bytes)
    return this.#tree
  }
}

const noBytes = new Uint8Array()
