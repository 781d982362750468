/** What is remembered of an address that requests go to. Times are milliseconds of one clock. */
export interface Breaker {
  /** Failures in turn since the last answer that was whole. */
  readonly failures: number
  /** How often it has opened since the last answer that was whole. */
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

/** A request goes out that was admitted to try it. Pure. */
export const entered = (breaker: Breaker): Breaker => ({ ...breaker, isTried: true })

/**
 * The head of an answer came: it is closed. What is remembered of it stays until an answer is whole, so that an address of which
 * every answer breaks off opens it too. Pure.
 */
export function answered({ failures, openings, openUntil }: Breaker): Breaker {
  // One that breaks off now is enough.
  return { failures: openUntil === undefined ? failures : mostFailures - 1, openings, isTried: false }
}

/** An answer came whole, whatever it says of the request. One that began before it opened closes it no more. Pure. */
export const succeeded = (breaker: Breaker): Breaker => (breaker.openUntil === undefined ? closedBreaker : breaker)

/** A request ended without telling anything of the address: its client left, say. The next one tries it. Pure. */
export const undecided = (breaker: Breaker): Breaker => ({ ...breaker, isTried: false })

export interface Failure {
  readonly now: number
  readonly problem: string
  /** From 0 to 1; it spreads those who wait for the same address. */
  readonly chance: number
  /** Whether it was the request that tried the address. */
  readonly isTrial: boolean
}

/** What became of a request that failed. Pure. */
export function failed(breaker: Breaker, { now, problem, chance, isTrial }: Failure): Breaker {
  const failures = breaker.failures + 1
  const isOpen = breaker.openUntil !== undefined
  // Those that were on their way when it opened tell nothing new.
  if (isOpen && !isTrial) return { ...breaker, failures, problem }
  if (!isOpen && failures < mostFailures) return { ...breaker, failures, problem }
  const pause = Math.min(longestPause, firstPause * 2 ** breaker.openings)
  const openUntil = now + pause * (0.75 + chance / 4)
  return { failures, openings: breaker.openings + 1, openUntil, isTried: false, problem }
}
