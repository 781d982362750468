/** How long a source may keep a pull waiting. Milliseconds, but for the count. */
export interface Patience {
  /** Until the first answer. */
  readonly connect: number
  /** Without a byte, in the middle of a file. */
  readonly stall: number
  /** Before the second attempt; twice as long before each one after it. */
  readonly retry: number
  /** The longest wait that a server may ask for (Retry-After). */
  readonly longestRetry: number
  /** Attempts in a row that bring nothing. */
  readonly attempts: number
}

export const usualPatience: Patience = {
  connect: 10_000,
  stall: 30_000,
  retry: 1000,
  longestRetry: 60_000,
  attempts: 5,
}

/** Rejects with the signal's reason once it aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
