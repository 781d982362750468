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
  /** Milliseconds of the batch with so many guesses for each run. */
  readonly costOf: (counts: readonly number[]) => number
  /** What a batch with so many guesses of all runs takes at least, and quickly said. Absent: unknown. */
  readonly leastCostOf?: (total: number) => number
  /** Guesses of all runs, at most. */
  readonly most: number
}

/** Numbers of guesses that several runs may get alike. */
const levels = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48]
/** So many guesses of all runs are considered one by one; beyond them only numbers that are larger by this share. */
const [closelyLooked, step] = [16, 1 / 8]

/**
 * Chooses the guesses that make the whole batch bring the most tokens a millisecond. Considered are the likeliest ones,
 * whosever they are: since a guess is never likelier than the one before it, that is the best choice where only their
 * number matters. And as many for each of the runs that they bring most: where runs with unlike numbers are decoded one
 * after the other, that may be much cheaper. Each run gets a token out of the batch in any case. Pure.
 */
export function chooseGuesses(
  prospects: readonly Prospect[],
  { costOf, leastCostOf = () => 0, most }: Circumstances,
): Choice {
  const none = prospects.map(() => 0)
  let best: Choice = { counts: none, total: 0, gain: prospects.length, cost: costOf(none) }
  const consider = ({ counts, total, gain }: Candidate) => {
    if (gain * best.cost <= best.gain * leastCostOf(total)) return
    const cost = costOf(counts)
    if (gain * best.cost > best.gain * cost) best = { counts: [...counts], total, gain, cost }
  }
  if (prospects.some(({ chances }) => chances.length > 0)) {
    considerLikeliest(prospects, most, consider)
    // Alone, the likeliest ones of the run are all that there is.
    if (prospects.length > 1) considerAlike(prospects, most, consider)
  }
  return best
}

type Candidate = Omit<Choice, 'cost'>

function considerLikeliest(prospects: readonly Prospect[], most: number, consider: (candidate: Candidate) => void) {
  const all = prospects.flatMap(({ chances }, run) => chances.map((chance) => ({ run, chance })))
  // Stable, so guesses of a run stay in their order.
  all.sort((a, b) => b.chance - a.chance)
  const counts = prospects.map(() => 0)
  let gain = prospects.length
  let next = 1
  for (const [index, { run, chance }] of all.slice(0, most).entries()) {
    const total = index + 1
    counts[run] = (counts[run] ?? 0) + 1
    gain += chance
    if (total < next) continue
    consider({ counts, total, gain })
    next = total < closelyLooked ? total + 1 : Math.ceil(total * (1 + step))
  }
}

function considerAlike(prospects: readonly Prospect[], most: number, consider: (candidate: Candidate) => void) {
  const longest = Math.max(...prospects.map(({ chances }) => chances.length))
  for (const [index, level] of levels.entries()) {
    if ((levels[index - 1] ?? 0) >= longest) return
    const brought = prospects.map(({ chances }) => sumOf(chances, level))
    const order = [...prospects.keys()].sort((a, b) => (brought[b] ?? 0) - (brought[a] ?? 0))
    const counts = prospects.map(() => 0)
    let [total, gain] = [0, prospects.length]
    for (const run of order) {
      const count = Math.min(level, prospects[run]?.chances.length ?? 0)
      total += count
      if (count === 0 || total > most) break
      counts[run] = count
      gain += brought[run] ?? 0
      consider({ counts, total, gain })
    }
  }
}

function sumOf(chances: readonly number[], count: number): number {
  let sum = 0
  for (let at = 0; at < count && at < chances.length; at++) sum += chances[at] ?? 0
  return sum
}
