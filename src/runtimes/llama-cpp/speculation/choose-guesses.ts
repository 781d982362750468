/** What guessing may bring to one run. */
export interface Prospect {
  /** The chance that the guess at each place will be right, with all before it: never growing. */
  readonly chances: readonly number[]
}

interface Choice {
  /** How many of each run's guesses are worth being checked, in the order of the prospects. */
  readonly counts: readonly number[]
  /** Guesses of all runs. */
  readonly total: number
  /** Tokens that the batch is expected to bring, those of runs without guesses too. */
  readonly gain: number
  /** Milliseconds that it is expected to take. */
  readonly cost: number
}

interface Circumstances {
  /** Runs that generate: each gets a token out of the batch in any case. */
  readonly writers: number
  /** Milliseconds of the batch with so many guesses. */
  readonly costOf: (guesses: number) => number
  /** Guesses of all runs, at most. */
  readonly most: number
}

/**
 * Chooses the guesses that make the whole batch bring the most tokens a millisecond. The likeliest ones are taken first,
 * whosever they are; since a guess is never likelier than the one before it, that is the best choice of any number. Pure.
 */
export function chooseGuesses(prospects: readonly Prospect[], { writers, costOf, most }: Circumstances): Choice {
  const all = prospects.flatMap(({ chances }, run) => chances.map((chance) => ({ run, chance })))
  // Stable, so guesses of a run stay in their order.
  all.sort((a, b) => b.chance - a.chance)
  let gain = writers
  let best = { total: 0, gain, cost: costOf(0) }
  for (const [index, { chance }] of all.slice(0, most).entries()) {
    gain += chance
    const cost = costOf(index + 1)
    if (gain * best.cost > best.gain * cost) best = { total: index + 1, gain, cost }
  }
  const counts = prospects.map(() => 0)
  for (const { run } of all.slice(0, best.total)) counts[run] = (counts[run] ?? 0) + 1
  return { ...best, counts }
}
