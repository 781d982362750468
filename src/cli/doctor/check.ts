/** What is said of one side of the set-up. */
export interface Check {
  /** Stays the same when the words change: `memory`, `port` … */
  readonly id: string
  /** `warning`: it works, and not as well as it could. `problem`: something does not work. */
  readonly status: 'ok' | 'warning' | 'problem'
  /** A sentence. */
  readonly message: string
  /** What to do about it, a sentence. */
  readonly remedy?: string
}

type Say = (id: string, message: string, remedy?: string) => Check

const saying =
  (status: Check['status']): Say =>
  (id, message, remedy) => ({ id, status, message, ...(remedy && { remedy }) })

export const ok = saying('ok')
export const warning = saying('warning')
export const problem = saying('problem')
