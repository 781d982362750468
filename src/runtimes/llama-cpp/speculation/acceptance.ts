/** Trials of the record above that count for as much as those of one's own. */
const priorTrials = 4

interface AcceptanceOptions {
  /** The chance of each kind before there is any experience, and how many trials it is worth. */
  readonly prior: readonly number[] | Acceptance
  /** How much a trial counts when the next of its kind has come. */
  readonly memory: number
}

/**
 * How often guesses were right, by their kind (a place in the guess, or how long the text before it matched): recent
 * trials count more. Where there are few it leans on the record of all runs, and that on a prior. Pure.
 */
export class Acceptance {
  readonly #prior: readonly number[] | Acceptance
  readonly #memory: number
  readonly #trials: number[] = []
  readonly #hits: number[] = []

  constructor({ prior, memory }: AcceptanceOptions) {
    this.#prior = prior
    this.#memory = memory
  }

  /** Takes one guess; those after a wrong one are no trials. */
  observe(kind: number, isRight: boolean): void {
    this.#trials[kind] = (this.#trials[kind] ?? 0) * this.#memory + 1
    this.#hits[kind] = (this.#hits[kind] ?? 0) * this.#memory + (isRight ? 1 : 0)
    if (this.#prior instanceof Acceptance) this.#prior.observe(kind, isRight)
  }

  /** The chance that a guess of this kind is right, if those before it are. */
  chance(kind: number): number {
    const prior =
      this.#prior instanceof Acceptance ? this.#prior.chance(kind) : (this.#prior[kind] ?? this.#prior.at(-1) ?? 0)
    return ((this.#hits[kind] ?? 0) + priorTrials * prior) / ((this.#trials[kind] ?? 0) + priorTrials)
  }
}
