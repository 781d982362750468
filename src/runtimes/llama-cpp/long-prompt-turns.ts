import { BatchCost } from './speculation/batch-cost.ts'

/** Those beside whom long prompts are read in one batch. */
export interface Others {
  /** Tokens of theirs, guesses included. */
  readonly tokens: number
  /** Whether one of them reads a short prompt, and so is about to begin. */
  readonly hasBeginners: boolean
}

/** How a batch went. */
interface Outcome {
  /** Tokens of those who generate or begin. */
  readonly others: number
  /** Tokens of long prompts. */
  readonly tokens: number
  readonly milliseconds: number
  /** Whether somebody's long prompt was there to be read. */
  readonly isWaiting: boolean
  /** As in `Others`. */
  readonly hasBeginners: boolean
}

/** How many times as long as alone those who generate may take while long prompts are read. */
const slowdown = 1.75
/** A piece of a long prompt comes after so many batches without one, at most. */
const mostBetween = 63
/** Larger pieces cost hardly less a token, and nobody is to see his text stand still for them. */
const largeTokens = 64
/** So much more must be read for the same time by waiting for so many more batches. */
const worthWaiting = { more: 1.1, batches: [1, 3, 7, 15, 31] }
/** What costs those who begin no more than this share of their batch, and is worth a batch, is read beside them. */
const free = { share: 0.05, tokens: 32 }

/**
 * In which batches long prompts take part while others generate, and with how many tokens. Others leave them a share of
 * the time that they take. On a CPU a small piece of a long prompt costs several times as much a token as a large one, the
 * more so the longer it is, so their time is gathered for a piece worth reading; on a GPU a piece beside them costs next
 * to nothing, and comes with every batch. Whoever is about to begin is left alone. Pure: it is told the time.
 */
export class LongPromptTurns {
  /** Of batches without long prompts. */
  readonly #cost = new BatchCost()
  /** What so many tokens of long prompts add to a batch: more than others, and more the longer the prompts. */
  readonly #pieceCost = new BatchCost()
  /** What others have left since the last piece. */
  #owed = { batches: 0, milliseconds: 0 }
  /** Of it, since somebody began last: he is not to wait for what was left before him. */
  #gathered = { batches: 0, milliseconds: 0 }

  /** Tokens of all long prompts in the next batch, `most` at most, beside others. 0: they wait for another one. */
  tokens({ tokens, hasBeginners }: Others, most: number): number {
    const batch = this.#cost.milliseconds(tokens)
    const mustRead = this.#owed.batches >= mostBetween
    if (hasBeginners) {
      const isKnown = this.#cost.doubt(tokens) < 1
      const beside = this.#within(free.share * batch, most)
      if (isKnown && beside >= free.tokens) return beside
      return mustRead ? Math.max(1, this.#within(batch, most)) : 0
    }
    const share = (slowdown - 1) * batch
    const beside = this.#within(share, most)
    if (beside >= largeTokens) return beside
    const upTo = (milliseconds: number) => this.#within(milliseconds, Math.min(most, largeTokens))
    if (mustRead) return Math.max(1, upTo(this.#owed.milliseconds + share))
    const after = (more: number) => upTo(this.#gathered.milliseconds + (1 + more) * share)
    const now = after(0)
    const batches = this.#gathered.batches + 1
    const pays = (more: number) => after(more) * batches > worthWaiting.more * now * (batches + more)
    return worthWaiting.batches.some(pays) ? 0 : now
  }

  /** A batch was decoded. */
  went({ others, tokens, milliseconds, isWaiting, hasBeginners }: Outcome): void {
    const alone = others > 0 ? this.#cost.milliseconds(others) : 0
    if (tokens > 0) this.#pieceCost.observe(tokens, Math.max(milliseconds - alone, milliseconds / 100))
    else this.#cost.observe(others, milliseconds)
    const none = { batches: 0, milliseconds: 0 }
    if (others === 0 || tokens > 0 || !isWaiting) this.#owed = this.#gathered = none
    else {
      this.#owed = left(this.#owed, milliseconds)
      this.#gathered = hasBeginners ? none : left(this.#gathered, milliseconds)
    }
  }

  /** Tokens of long prompts that take no longer than that. */
  #within(milliseconds: number, most: number): number {
    let [fits, exceeds] = [0, most + 1]
    while (exceeds - fits > 1) {
      const middle = (fits + exceeds) >> 1
      if (this.#pieceCost.milliseconds(middle) <= milliseconds) fits = middle
      else exceeds = middle
    }
    return fits
  }
}

const left = (before: { readonly batches: number; readonly milliseconds: number }, milliseconds: number) => ({
  batches: before.batches + 1,
  milliseconds: before.milliseconds + (slowdown - 1) * milliseconds,
})
