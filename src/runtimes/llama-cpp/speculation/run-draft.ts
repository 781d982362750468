import type { Run } from '../run.ts'
import { Acceptance } from './acceptance.ts'
import type { DraftProspect } from './draft-plan.ts'

/** Guesses of the draft model for one run in one batch, at most. */
const mostGuesses = 11
/** As many while none was ever right: a draft model of which nothing is known is not trusted with long guesses. */
const firstGuesses = 3
/** Batches with guesses after which the draft model's record says something. */
const firstBatches = 4
/** A run is expected to go on for as many tokens as it has, but for so many at least. */
const leastHorizon = 64
const memory = { run: 0.95, all: 0.98 }

/** What is known of a draft model by all that it has guessed. */
export class DraftRecord {
  /**
   * How often its guesses are right, by their place. Hopeful at first: whether it is right is only found out by having it
   * guess, and what that may cost is bounded.
   */
  readonly accepted = new Acceptance({ prior: [0.99], memory: memory.all })
  /** Guesses that were ever right at once. */
  longest = 0
  /** Batches with guesses, of all runs. */
  batches = 0
}

/** What the draft model's guesses are worth for one run. */
export class RunDraft {
  readonly #record: DraftRecord
  readonly #accepted: Acceptance
  #guesses: readonly number[] = []
  /** Tokens of the text when the guesses were made. */
  #length = 0

  constructor(record: DraftRecord) {
    this.#record = record
    this.#accepted = new Acceptance({ prior: record.accepted, memory: memory.run })
  }

  /** Takes what was guessed for the run. */
  note({ tokens }: Run, guesses: readonly number[]): void {
    this.#guesses = guesses
    this.#length = tokens.length
    this.#record.batches++
  }

  /** Learns from how the text went on whether the guesses were right. */
  learn({ tokens }: Run): void {
    for (const [at, guess] of this.#guesses.entries()) {
      const token = tokens[this.#length + at]
      if (token === undefined) break
      this.#accepted.observe(at, token === guess)
      if (token !== guess) break
      this.#record.longest = Math.max(this.#record.longest, at + 1)
    }
    this.#guesses = []
  }

  prospect({ remaining, tokens, promptLength }: Run, behind: number): DraftProspect {
    const most = Math.min(mostGuesses, firstGuesses + 2 * this.#record.longest, remaining - 1)
    const chances: number[] = []
    let chance = 1
    for (let at = 0; at < most; at++) {
      chance *= this.#accepted.chance(at)
      chances.push(chance)
    }
    return {
      chances,
      behind,
      horizon: Math.min(remaining, Math.max(leastHorizon, tokens.length - promptLength)),
      isUntried: this.#record.batches < firstBatches,
    }
  }
}
