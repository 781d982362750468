import { ServerError } from '../../core/errors.ts'
import type { TokenizeOptions, TokenPiece } from '../../core/generation.ts'

/** Control tokens; their ids are their places. */
const controls: readonly string[] = [
  '<|begin|>',
  '<|end|>',
  '<|system|>',
  '<|developer|>',
  '<|user|>',
  '<|assistant|>',
  '<|tool|>',
  '<|tools|>',
]
const controlPattern = /(<\|[a-z]+\|>)/
/** Ids below this that name no control token are the words ` 8`, ` 9` …, so that a test can write token ids down. */
const firstLearned = 1000

/** Ids that a fake model knows at the most: those above are outside of its vocabulary. */
export const vocabularySize = 100_000

/** The tokens of a fake model: words, each with the space before it, so that together they are the text again. */
export const splitTokens = (text: string): readonly string[] => text.match(/\s*\S+|\s+$/gu) ?? []

/** A vocabulary of words that grows with what is read. Ids mean the same as long as the model is loaded. */
export class FakeVocabulary {
  readonly #ids = new Map<string, number>()
  readonly #learned: string[] = []

  tokenize(text: string, options: TokenizeOptions): readonly number[] {
    const parts = options.readsSpecial ? text.split(controlPattern) : [text]
    const tokens = parts.flatMap((part) => {
      const control = options.readsSpecial ? controls.indexOf(part) : -1
      return control >= 0 ? [control] : splitTokens(part).map((word) => this.idOf(word))
    })
    return options.addsSpecial ? [0, ...tokens] : tokens
  }

  idOf(word: string): number {
    const number = /^ (\d{1,3})$/.exec(word)?.[1]
    if (number !== undefined && Number(number) >= controls.length && String(Number(number)) === number)
      return Number(number)
    const known = this.#ids.get(word)
    if (known !== undefined) return known
    const id = firstLearned + this.#learned.length
    this.#learned.push(word)
    this.#ids.set(word, id)
    return id
  }

  /** The text of a token, or the name of a control token. Throws `invalid_parameter` for ids that it does not know. */
  textOf(token: number, param = 'tokens'): string {
    const text = controls[token] ?? (token < firstLearned ? ` ${token}` : this.#learned[token - firstLearned])
    if (text !== undefined) return text
    throw new ServerError('invalid_parameter', { param, problem: `the vocabulary has no token ${token}` })
  }

  piece(token: number): TokenPiece {
    return { token, bytes: token < controls.length ? [] : [...new TextEncoder().encode(this.textOf(token))] }
  }
}
