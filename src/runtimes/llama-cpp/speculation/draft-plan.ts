import type { Prospect } from './choose-guesses.ts'

/** What the draft model may bring to one run. */
export interface DraftProspect extends Prospect {
  /** Tokens of the run that the draft model has yet to read. */
  readonly behind: number
  /** Tokens that the run is expected to go on for. */
  readonly horizon: number
  /** Whether the draft model has guessed so seldom, for any run, that its chances are but hopes. */
  readonly isUntried: boolean
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
/** Numbers of guesses that are considered: few, so that the cost of their batches is measured often and not interpolated. */
const depths = [1, 3, 7, 11]

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
    for (const depth of depths) {
      if (depth > deepest) break
      let [gain, proposed] = [base.gain, base.total]
      for (const run of runs) {
        const chances = prospects[run]?.chances.slice(0, depth) ?? []
        gain += sum(chances)
        proposed += chances.length
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
