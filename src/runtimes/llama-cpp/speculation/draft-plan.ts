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

/** A run of the batch that the draft model may guess for. */
export interface Draftable {
  /** Its place in the batch. */
  readonly run: number
  readonly draft: DraftProspect
}

interface DraftView {
  /** The batch without the draft model's guesses: those of each run, tokens that it is expected to bring, and its cost. */
  readonly base: { readonly counts: readonly number[]; readonly gain: number; readonly cost: number }
  /** Milliseconds of the batch with so many guesses for each run. */
  readonly costOf: (counts: readonly number[]) => number
  /** Milliseconds of a batch of the draft model with so many tokens for each of those runs. */
  readonly draftCostOf: (runs: readonly number[], tokens: number) => number
  readonly most: number
  readonly draftables: readonly Draftable[]
}

export interface DraftPlan {
  /** Guesses for each run that takes part, and their places in the batch. */
  readonly depth: number
  readonly runs: readonly number[]
  readonly gain: number
  readonly cost: number
}

/** Tokens to read that are no reason to think twice: those of the last batches. */
export const usuallyBehind = 4
/** Numbers of guesses that are considered: few, so that the cost of their batches is measured often and not interpolated. */
const depths = [1, 3, 7, 11]

/**
 * The number of guesses of the draft model, and the runs that get them, that make the batch bring the most tokens a
 * millisecond, once the draft model has caught up. It guesses for all of them in lock step. Pure.
 */
export function planDraft({ base, costOf, draftCostOf, most, draftables }: DraftView): DraftPlan {
  const order = [...draftables].sort((a, b) => sum(b.draft.chances) - sum(a.draft.chances))
  let best: DraftPlan = { depth: 0, runs: [], gain: base.gain, cost: base.cost }
  for (let count = 1; count <= order.length; count++) {
    const chosen = order.slice(0, count)
    const runs = chosen.map(({ run }) => run).sort((a, b) => a - b)
    // It reads what was accepted last time, too.
    const [first, each] = [draftCostOf(runs, 2), draftCostOf(runs, 1)]
    const deepest = Math.max(...chosen.map(({ draft }) => draft.chances.length))
    for (const depth of depths.filter((depth) => depth <= deepest)) {
      const counts = [...base.counts]
      let gain = base.gain
      for (const { run, draft } of chosen) {
        const chances = draft.chances.slice(0, depth)
        gain += sum(chances)
        counts[run] = chances.length
      }
      if (sum(counts) > most) break
      const cost = costOf(counts) + first + (depth - 1) * each
      if (gain * best.cost > best.gain * cost) best = { depth, runs, gain, cost }
    }
  }
  return best
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
