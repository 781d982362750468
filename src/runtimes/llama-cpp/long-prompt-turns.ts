import { BatchCost } from './speculation/batch-cost.ts'

/** Those beside whom long prompts are read in one batch. */
export interface Others {
  /** Tokens of theirs, guesses included. */
  readonly tokens: number
  /** Whether one of them reads a short prompt, and so is about to begin. */
  readonly hasBeginners: boolean
}

/** How a batch went that somebody's long prompt was waiting for. */
interface Outcome {
  /** Tokens of those who generate or begin. */
  readonly others: number
  /** Tokens of long prompts. */
  readonly tokens: number
  readonly milliseconds: number
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
  /** Of all batches by their tokens, those of long prompts among them. */
  readonly #cost: Pick<BatchCost, 'milliseconds'>
  /** What so many tokens of long prompts add to a batch: more than others, and more the longer the prompts. */
  readonly #pieceCost = new BatchCost()
  /** Batches of others since the last piece. */
  #since = 0
  /** Milliseconds that others have left since then. */
  #left = 0

  constructor(cost: Pick<BatchCost, 'milliseconds'>) {
    this.#cost = cost
  }

  /** Tokens of all long prompts in the next batch, `most` at most, beside others. 0: they wait for another one. */
  tokens({ tokens, hasBeginners }: Others, most: number): number {
    const batch = this.#cost.milliseconds(tokens)
    const mustRead = this.#since >= mostBetween
    if (hasBeginners) {
      const beside = this.#within(free.share * batch, most)
      if (beside >= free.tokens) return beside
      return mustRead ? Math.max(1, this.#within(batch, most)) : 0
    }
    const share = (slowdown - 1) * batch
    const beside = this.#within(share, most)
    if (beside >= largeTokens) return beside
    const after = (more: number) => this.#within(this.#left + (1 + more) * share, Math.min(most, largeTokens))
    const now = after(0)
    if (mustRead) return Math.max(1, now)
    const batches = this.#since + 1
    const pays = (more: number) => after(more) * batches > worthWaiting.more * now * (batches + more)
    return worthWaiting.batches.some(pays) ? 0 : now
  }

  /** A batch was decoded while a long prompt was there to be read. */
  went({ others, tokens, milliseconds }: Outcome): void {
    const alone = others > 0 ? this.#cost.milliseconds(others) : 0
    if (tokens > 0) this.#pieceCost.observe(tokens, Math.max(milliseconds - alone, milliseconds / 100))
    if (others === 0 || tokens > 0) {
      this.#since = 0
      this.#left = 0
    } else {
      this.#since++
      this.#left += (slowdown - 1) * milliseconds
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
