import type { TokenTable } from '../constraint.ts'
import { inSteps, type Steps, Stepwise } from './stepwise.ts'
import { type TokenTexts, tokenTexts } from './token-texts.ts'
import { growTokenTree, type TokenTree } from './token-tree.ts'

const noBytes = new Uint8Array()

/** What is read of a table. */
interface Read {
  readonly size: number
  readonly texts: TokenTexts
  readonly longest: number
  readonly specialTexts: ReadonlyMap<number, string>
  readonly ends: ReadonlySet<number>
}

/** A model's tokens, as masks and checks need them. */
export class Vocabulary {
  readonly size: number
  /** Without those of ends: what ends the turn is never a part of the text, even where a vocabulary gives it bytes. */
  readonly texts: TokenTexts
  /** Bytes of the longest token. */
  readonly longest: number
  /** Control tokens by their names; there can be several of one name. */
  readonly specials: ReadonlyMap<string, readonly number[]>
  readonly ends: ReadonlySet<number>
  readonly #specialTexts: ReadonlyMap<number, string>
  readonly #tree: Stepwise<TokenTree>

  constructor({ size, texts, longest, specialTexts, ends }: Read) {
    this.size = size
    this.texts = texts
    this.longest = longest
    this.ends = ends
    this.#specialTexts = specialTexts
    const byName = Map.groupBy(specialTexts, ([, text]) => text)
    this.specials = new Map([...byName].map(([text, tokens]) => [text, tokens.map(([token]) => token)]))
    this.#tree = new Stepwise(() => growTokenTree(texts))
  }

  specialText(token: number): string | undefined {
    return this.#specialTexts.get(token)
  }

  /** Made when it is first asked for, as far as it is not there yet: that takes some tens of milliseconds. */
  get tree(): TokenTree {
    return this.#tree.value
  }

  /** Makes a part of the tree. False when it is there. */
  growTree(): boolean {
    return this.#tree.step()
  }
}

/** Reads a whole table: about 100 ms for 50,000 tokens. */
export function* readVocabulary(table: TokenTable): Steps<Vocabulary> {
  const { size } = table
  const texts: Uint8Array[] = []
  const ends = new Set<number>()
  const specialTexts = new Map<number, string>()
  let longest = 0
  yield* inSteps(size, (from, to) => {
    for (let token = from; token < to; token++) {
      const isEnd = table.isEnd(token)
      if (isEnd) ends.add(token)
      const bytes = isEnd ? noBytes : table.bytes(token)
      texts.push(bytes)
      longest = Math.max(longest, bytes.length)
      const text = table.specialText(token)
      if (text !== undefined) specialTexts.set(token, text)
    }
  })
  return new Vocabulary({ size, texts: yield* tokenTexts(texts), longest, specialTexts, ends })
}
