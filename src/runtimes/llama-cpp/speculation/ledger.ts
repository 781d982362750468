/** What may be lost before anything was won, and how far a debt may go. */
const credit = 20
/** What is won pays for trying later, but no more than this: it must not pay for a long time of losing. */
const most = 60

/**
 * What guessing has brought and cost so far, counted in batches without guesses. A share of all time may be lost in
 * finding out whether it pays. So guessing never costs more than that share and a constant, however wrong all other
 * figures are. Pure.
 */
export class Ledger {
  readonly #share: number
  #balance = 0

  constructor(share: number) {
    this.#share = share
  }

  /** Takes the time that passed, and what guessing has won in it; less than 0: lost. */
  enter(spent: number, won: number): void {
    this.#balance = Math.min(most, this.#balance + this.#share * spent + won)
  }

  /** Whether something may be tried that will cost this much if it fails. */
  canTry(loss: number): boolean {
    return this.#balance >= loss
  }

  /** Whether something may begin that is expected to pay, but only after it has cost this much. */
  canInvest(cost: number): boolean {
    return this.#balance + 0.8 * credit >= cost
  }

  /** Whether guesses that are expected to pay may go on. */
  get isSolvent(): boolean {
    return this.#balance > -credit
  }
}
