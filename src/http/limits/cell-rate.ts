/** So many units in each period, of which as many as the period has may come at once. */
export interface Rate {
  /** At least 1. */
  readonly limit: number
  readonly periodMilliseconds: number
}

/**
 * The generic cell rate algorithm (GCRA) in its form as virtual scheduling: ITU-T Recommendation I.371, annex A. All that is
 * kept of a stream of units is the theoretical arrival time, the moment when everything that has come would have come had it
 * come evenly; `due` here, in milliseconds of any clock that never goes back. It is a leaky bucket without a timer: a key that
 * was silent for a period may have `limit` units at once, and then one each `period / limit`. Whole units are taken only once
 * they are known, so what took more than there was is a debt, which time pays off.
 */
export const neverCame = Number.NEGATIVE_INFINITY

/** The new `due` after so many units. */
export const take = (due: number, units: number, { rate, now }: At): number =>
  Math.max(due, now) + units * spacingOf(rate)

/** How many units may come now. */
export const roomOf = (due: number, { rate, now }: At): number => {
  const free = rate.periodMilliseconds - untilFull(due, now)
  return Math.max(0, Math.floor(free / spacingOf(rate) + tolerance))
}

/** Milliseconds until one more unit may come; 0: it may now. */
export const waitOf = (due: number, at: At): number => {
  if (roomOf(due, at) >= 1) return 0
  return untilFull(due, at.now) + spacingOf(at.rate) - at.rate.periodMilliseconds
}

/** Milliseconds until all units of a period may come at once. */
export const untilFull = (due: number, now: number): number => Math.max(0, due - now)

/** A rate, and the moment at which it is looked at, by the clock of `due`. */
export interface At {
  readonly rate: Rate
  readonly now: number
}

/** Parts of a unit by which sums of fractions may be off. */
const tolerance = 1e-6

const spacingOf = ({ limit, periodMilliseconds }: Rate): number => periodMilliseconds / limit
