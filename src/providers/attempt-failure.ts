import type { ServerError } from '../core/errors.ts'

/** Why one attempt gave no answer, and what that means for the next. */
export class AttemptFailure extends Error {
  override readonly name = 'AttemptFailure'
  /** What the caller is told where there is no other attempt. */
  readonly error: ServerError
  readonly meaning: FailureMeaning

  constructor(error: ServerError, meaning: FailureMeaning) {
    super(error.message, { cause: error })
    this.error = error
    this.meaning = meaning
  }
}

export interface FailureMeaning {
  /** Another attempt may end otherwise. */
  readonly isPassing: boolean
  /** The provider may have carried the request out, or be at it. */
  readonly mayBeDone: boolean
  /**
   * What it says of the address. `broken`: it does not do its work. `alive`: it answers. `unknown`: nothing, as when it has too much
   * to do.
   */
  readonly address: 'broken' | 'alive' | 'unknown'
  /** Seconds that the provider asks to wait. */
  readonly askedSeconds?: number | undefined
}
