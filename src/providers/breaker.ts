/** What is remembered of an address that requests go to. Times are milliseconds of one clock. */
export interface Breaker {
  /** Failures in turn since the last answer. */
  readonly failures: number
  /** How often it has opened since the last answer. */
  readonly openings: number
  /** Requests are kept off until then; undefined: it is closed. */
  readonly openUntil?: number
  /** One request is out to try it. */
  readonly isTried: boolean
  /** Why it opened. */
  readonly problem?: string
}

export const closedBreaker: Breaker = { failures: 0, openings: 0, isTried: false }

/** Failures in turn that open it. */
const mostFailures = 5
/** How long it stays open the first time, in milliseconds; twice as long each time after that, up to the longest. */
const firstPause = 5000
const longestPause = 120_000

/** `pass`: send. `try`: send this one alone, to see. `no`: leave it alone. Pure. */
export function admission(breaker: Breaker, now: number): 'pass' | 'try' | 'no' {
  if (breaker.openUntil === undefined) return 'pass'
  return now >= breaker.openUntil && !breaker.isTried ? 'try' : 'no'
}

/** A request goes out that was admitted. Pure. */
export const entered = (breaker: Breaker): Breaker =>
  breaker.openUntil === undefined ? breaker : { ...breaker, isTried: true }

/** An answer came, whatever it says of the request. Pure. */
export const succeeded = (): Breaker => closedBreaker

/** A request ended without telling anything of the address: its client left, say. The next one tries it. Pure. */
export const undecided = (breaker: Breaker): Breaker => ({ ...breaker, isTried: false })

/** What became of a request that failed. `chance`: from 0 to 1; it spreads those who wait for the same address. Pure. */
export function failed(
  breaker: Breaker,
  { now, problem, chance }: { now: number; problem: string; chance: number },
): Breaker {
  const failures = breaker.failures + 1
  const isOpen = breaker.openUntil !== undefined
  // Those that were on their way when it opened tell nothing new.
  if (isOpen && !breaker.isTried) return { ...breaker, failures, problem }
  if (!isOpen && failures < mostFailures) return { ...breaker, failures, problem }
  const pause = Math.min(longestPause, firstPause * 2 ** breaker.openings)
  const openUntil = now + pause * (0.75 + chance / 4)
  return { failures, openings: breaker.openings + 1, openUntil, isTried: false, problem }
}
