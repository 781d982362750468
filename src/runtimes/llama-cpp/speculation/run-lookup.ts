import { Acceptance } from './acceptance.ts'
import type { Prospect } from './choose-guesses.ts'
import { continuation, LookupIndex, type Match } from './lookup-index.ts'

/** Guesses for one run in one batch, at most. */
const mostGuesses = 48
/** Guesses that are less likely than this are not thought about. */
const leastChance = 0.02
/** The longest matches that are of one kind: the longer the match, the likelier the text goes on as it did there. */
const kinds = [2, 3, 5, 8, 16]
const priorChances = [0.2, 0.35, 0.5, 0.65, 0.8, 0.9]

/** The record of all runs of a model, by the kind of match. */
export const lookupRecord = () => new Acceptance({ prior: priorChances, memory: 0.998 })

const kindOf = (length: number): number => {
  const kind = kinds.findIndex((longest) => length <= longest)
  return kind < 0 ? kinds.length : kind
}

/**
 * Guesses how the text of one run goes on by what followed the last tokens where they were before ("prompt lookup
 * decoding"). Whether such guesses are right is seen of those that are never checked, too, so knowing it costs nothing.
 */
export class RunLookup {
  readonly #index = new LookupIndex()
  readonly #acceptance: Acceptance
  #match: Match | undefined
  /** Tokens of the text when the match was found. */
  #length = 0

  constructor(record: Acceptance) {
    this.#acceptance = new Acceptance({ prior: record, memory: 0.95 })
  }

  /** Enters what was added to the text; learns from it whether the last match was followed. */
  extend(tokens: readonly number[]): void {
    this.#learn(tokens)
    this.#match = this.#index.extend(tokens) ? this.#index.find(tokens) : undefined
    this.#length = tokens.length
  }

  /** How likely the guesses for what comes next are right, `most` of them at most. */
  prospect(most: number): Prospect {
    const chances: number[] = []
    if (!this.#match) return { chances }
    let chance = 1
    while (chances.length < Math.min(most, mostGuesses)) {
      chance *= this.#acceptance.chance(kindOf(this.#match.length + chances.length))
      if (chance < leastChance) break
      chances.push(chance)
    }
    return { chances }
  }

  /** So many guesses for what comes next. */
  guess(tokens: readonly number[], count: number): readonly number[] {
    return this.#match && count > 0 ? continuation(tokens, this.#match, count) : []
  }

  #learn(tokens: readonly number[]) {
    const match = this.#match
    if (!match) return
    // As far as the text went, it can be compared with itself: where it did not go on as it had, the rest is no trial.
    for (let at = this.#length; at < tokens.length; at++) {
      const isRight = tokens[at] === tokens[match.next + at - this.#length]
      this.#acceptance.observe(kindOf(match.length + at - this.#length), isRight)
      if (!isRight) return
    }
  }
}
