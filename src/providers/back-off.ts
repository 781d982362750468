/** The least upper bound of a pause, in milliseconds, and its largest. */
const first = 250
const most = 8000

/**
 * Milliseconds before a request is sent again: anything from nothing to a bound that doubles, so that those who failed together do
 * not come back together ("full jitter": Marc Brooker, Exponential Backoff And Jitter, 2015). `attempt`: from 0. `chance`: from 0
 * to 1. Pure.
 */
export const backOff = (attempt: number, chance: number): number => chance * Math.min(most, first * 2 ** attempt)

/** The longest wait that a provider may ask for before we send again, in milliseconds. Whoever waits longer waits at the client. */
export const longestWait = 10_000

/**
 * Milliseconds before the next attempt, or undefined where the provider wants a longer pause than a request can wait here.
 * `asked`: what it said in Retry-After, in seconds. Pure.
 */
export function pauseBefore(
  attempt: number,
  { asked, chance }: { asked?: number | undefined; chance: number },
): number | undefined {
  if (asked === undefined) return backOff(attempt, chance)
  const least = asked * 1000
  return least > longestWait ? undefined : least + backOff(0, chance)
}
