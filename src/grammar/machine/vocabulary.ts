import type { TokenTable } from '../constraint.ts'
import { type TokenTexts, tokenTexts } from './token-texts.ts'
import { TokenTree } from './token-tree.ts'

const noBytes = new Uint8Array()

/** A model's tokens, as masks and checks need them. Reads the whole table once. */
export class Vocabulary {
  readonly size: number
  /** Without those of ends: what ends the turn is never a part of the text, even where a vocabulary gives it bytes. */
  readonly texts: TokenTexts
  /** Bytes of the longest token. */
  readonly longest: number
  /** Control tokens by their names; there can be several of one name. */
  readonly specials: ReadonlyMap<string, readonly number[]>
  readonly ends: ReadonlySet<number>
  readonly #specialTexts = new Map<number, string>()
  #tree: TokenTree | undefined

  constructor(table: TokenTable) {
    this.size = table.size
    const texts: Uint8Array[] = []
    const ends = new Set<number>()
    const specials = new Map<string, number[]>()
    for (let token = 0; token < table.size; token++) {
      const isEnd = table.isEnd(token)
      if (isEnd) ends.add(token)
      texts.push(isEnd ? noBytes : table.bytes(token))
      const text = table.specialText(token)
      if (text === undefined) continue
      this.#specialTexts.set(token, text)
      specials.set(text, [...(specials.get(text) ?? []), token])
    }
    this.texts = tokenTexts(texts)
    this.longest = texts.reduce((longest, { length }) => Math.max(longest, length), 0)
    this.specials = specials
    this.ends = ends
  }

  specialText(token: number): string | undefined {
    return this.#specialTexts.get(token)
  }

  /** Made when it is first asked for: that takes some tens of milliseconds. */
  get tree(): TokenTree {
    this.#tree ??= new TokenTree(this.texts)
    return this.#tree
  }
}
