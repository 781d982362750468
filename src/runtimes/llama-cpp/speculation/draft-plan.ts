import type { Prospect } from './choose-guesses.ts'

/** What the draft model may bring to one run. */
export interface DraftProspect extends Prospect {
  /** The chance that it makes a guess at each place: it stops where it is not sure. */
  readonly proposals: readonly number[]
  /** Tokens of the run that the draft model has yet to read. */
  readonly behind: number
  /** Tokens that the run is expected to go on for. */
  readonly horizon: number
}

interface DraftView {
  /** Of the batch without the draft model's guesses: tokens that it is expected to bring, its cost, and its guesses. */
  readonly base: { readonly gain: number; readonly cost: number; readonly total: number }
  /** Milliseconds of the batch with so many guesses. */
  readonly costOf: (guesses: number) => number
  /** Milliseconds of a batch of the draft model. */
  readonly draftCostOf: (tokens: number) => number
  readonly most: number
  readonly prospects: readonly DraftProspect[]
}

export interface DraftPlan {
  /** Guesses for each run that takes part; the places of those in the prospects. */
  readonly depth: number
  readonly runs: readonly number[]
  readonly gain: number
  readonly cost: number
}

/** Tokens to read that are no reason to think twice: those of the last batches. */
export const usuallyBehind = 16

/**
 * The number of guesses of the draft model, and the runs that get them, that make the batch bring the most tokens a
 * millisecond, once the draft model has caught up. It guesses for all of them in lock step. Pure.
 */
export function planDraft({ base, costOf, draftCostOf, most, prospects }: DraftView): DraftPlan {
  const order = [...prospects.keys()].sort((a, b) => sum(prospects[b]?.chances) - sum(prospects[a]?.chances))
  let best: DraftPlan = { depth: 0, runs: [], gain: base.gain, cost: base.cost }
  for (let count = 1; count <= order.length; count++) {
    const runs = order.slice(0, count)
    const deepest = Math.max(...runs.map((run) => prospects[run]?.chances.length ?? 0))
    for (let depth = 1; depth <= deepest; depth++) {
      let [gain, proposed] = [base.gain, base.total]
      for (const run of runs) {
        gain += sum(prospects[run]?.chances.slice(0, depth))
        proposed += sum(prospects[run]?.proposals.slice(0, depth))
      }
      if (proposed > most) break
      // It reads what was accepted last time, too.
      const drafting = draftCostOf(2 * count) + (depth - 1) * draftCostOf(count)
      const cost = costOf(proposed) + drafting
      if (gain * best.cost > best.gain * cost) best = { depth, runs, gain, cost }
    }
  }
  return best
}

const sum = (values: readonly number[] = []) => values.reduce((total, value) => total + value, 0)
