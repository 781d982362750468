import type { Run } from '../run.ts'
import { Acceptance } from './acceptance.ts'
import type { DraftProspect } from './draft-plan.ts'

/** Guesses of the draft model for one run in one batch, at most. */
const mostGuesses = 12
/** A run is expected to go on for as many tokens as it has, but for so many at least. */
const leastHorizon = 64
const memory = { run: 0.95, all: 0.98 }

/** What is known of a draft model: how often it makes a guess at each place, and how often that is right. */
export interface DraftRecord {
  readonly proposed: Acceptance
  readonly accepted: Acceptance
}

/**
 * The record of all runs of a model. Hopeful at first: whether it is right is only found out by having it guess, and what
 * that may cost is bounded.
 */
export const draftRecord = (): DraftRecord => ({
  proposed: new Acceptance({ prior: [0.9], memory: memory.all }),
  accepted: new Acceptance({ prior: [0.9], memory: memory.all }),
})

/** What the draft model's guesses are worth for one run. */
export class RunDraft {
  readonly #proposed: Acceptance
  readonly #accepted: Acceptance
  #guesses: readonly number[] = []
  /** Tokens of the text when the guesses were made. */
  #length = 0

  constructor(record: DraftRecord) {
    this.#proposed = new Acceptance({ prior: record.proposed, memory: memory.run })
    this.#accepted = new Acceptance({ prior: record.accepted, memory: memory.run })
  }

  /** Takes what was guessed for the run when it was asked for so many guesses. */
  note({ tokens }: Run, asked: number, guesses: readonly number[]): void {
    this.#guesses = guesses
    this.#length = tokens.length
    for (let at = 0; at < Math.min(asked, guesses.length + 1); at++) this.#proposed.observe(at, at < guesses.length)
  }

  /** Learns from how the text went on whether the guesses were right. */
  learn({ tokens }: Run): void {
    for (const [at, guess] of this.#guesses.entries()) {
      const token = tokens[this.#length + at]
      if (token === undefined) break
      this.#accepted.observe(at, token === guess)
      if (token !== guess) break
    }
    this.#guesses = []
  }

  prospect({ remaining, tokens, promptLength }: Run, behind: number): DraftProspect {
    const chances: number[] = []
    const proposals: number[] = []
    let proposal = 1
    let chance = 1
    for (let at = 0; at < Math.min(mostGuesses, remaining - 1); at++) {
      const isMade = this.#proposed.chance(at)
      proposal *= isMade
      chance *= isMade * this.#accepted.chance(at)
      proposals.push(proposal)
      chances.push(chance)
    }
    return {
      chances,
      proposals,
      behind,
      horizon: Math.min(remaining, Math.max(leastHorizon, tokens.length - promptLength)),
    }
  }
}
