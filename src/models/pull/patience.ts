import type { ModelLog } from '../model-log.ts'
import { SourceProblem } from './source-problem.ts'

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
  attempts: 7,
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

export interface Persistence {
  readonly patience: Patience
  /** How messages call the place. */
  readonly place: string
  readonly signal: AbortSignal
  readonly log: ModelLog
  /** What shows that an attempt brought something: it grows then. Absent: attempts bring all or nothing. */
  readonly progress?: () => number
  /** Whether a problem is worth another attempt at all. Absent: those that say so. */
  readonly mayRetry?: (problem: SourceProblem) => boolean
}

/** Tries until it works, with growing pauses, for as long as attempts bring something. Throws the last problem. */
export async function persist<T>(call: Persistence, attempt: () => Promise<T>): Promise<T> {
  const { progress = () => 0, mayRetry = ({ retry }) => retry.type === 'later' } = call
  for (let failures = 0; ; ) {
    const before = progress()
    try {
      return await attempt()
    } catch (error) {
      call.signal.throwIfAborted()
      if (!(error instanceof SourceProblem) || !mayRetry(error)) throw error
      failures = progress() > before ? 1 : failures + 1
      await waitForNext(call, error, failures)
    }
  }
}

async function waitForNext({ patience, place, signal, log }: Persistence, problem: SourceProblem, failures: number) {
  const asked = problem.retry.type === 'later' ? problem.retry.afterMilliseconds : undefined
  const wait = asked ?? patience.retry * 2 ** (failures - 1)
  if (failures >= patience.attempts || wait > patience.longestRetry) throw problem
  log.info(`${place}: ${problem.message}; next attempt in ${Math.ceil(wait / 1000)} s.`)
  await pause(wait, signal)
}
