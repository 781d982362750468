/** What tells the engine how late it is; a test has one of its own. */
export interface Clock {
  /** Milliseconds since any moment. */
  readonly now: () => number
  /** Calls back once `now` has come to that time. The answer takes it back. */
  readonly callAt: (time: number, call: () => void) => () => void
}

/** Longest wait that a timer can be set to; after it, it is looked again. */
const longestMilliseconds = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  callAt(time, call) {
    const wait = Math.min(Math.max(0, Math.ceil(time - performance.now())), longestMilliseconds)
    const timer = setTimeout(call, wait)
    // A model that is to leave some time keeps no process alive.
    timer.unref()
    return () => clearTimeout(timer)
  },
}
