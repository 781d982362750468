import type { ServerError } from '../../core/errors.ts'
import type { CheckModel, ModelFacts } from './check-model.ts'
import { pause } from './patience.ts'

/** How long a download waits to hear what speaks against it, before it begins and before it ends. */
const PATIENCE_MILLISECONDS = 1500
const LONGEST_MILLISECONDS = 120_000

/**
 * Asks what speaks against a model, and lets its download begin where the answer takes long: the native libraries may have
 * to be unpacked first. A refusal that comes later ends the download then.
 */
export class LateJudge {
  readonly #check: CheckModel | undefined
  readonly #signal: AbortSignal
  readonly #refused = new AbortController()
  #verdict: Promise<ServerError | undefined> | undefined

  constructor(check: CheckModel | undefined, signal: AbortSignal) {
    this.#check = check
    this.#signal = signal
  }

  /** Aborts with what speaks against the model, where that is known after the download has begun. */
  get refused(): AbortSignal {
    return this.#refused.signal
  }

  /** Throws what speaks against the model, where that is known soon. */
  async ask(model: ModelFacts, patience = PATIENCE_MILLISECONDS): Promise<void> {
    if (this.#check === undefined) return
    this.#verdict = this.#check(model)
    const verdict = await within(this.#verdict, patience, this.#signal)
    if (verdict === 'late') this.#hear(this.#verdict)
    else if (verdict) throw verdict
  }

  /** Resolves when nothing speaks against the model; otherwise rejects with it. Nothing where nobody has asked. */
  async settle(): Promise<void> {
    const problem = this.#verdict && (await within(this.#verdict, LONGEST_MILLISECONDS, this.#signal))
    if (problem && problem !== 'late') throw problem
  }

  #hear(verdict: Promise<ServerError | undefined>): void {
    verdict.then(
      (problem) => problem && this.#refused.abort(problem),
      (error: unknown) => this.#refused.abort(error),
    )
  }
}

/** What the work gives, or `late` where that takes longer. Rejects with the signal's reason once it aborts. */
export async function within<T>(work: Promise<T>, milliseconds: number, signal: AbortSignal): Promise<T | 'late'> {
  const isOver = new AbortController()
  const late = pause(milliseconds, AbortSignal.any([signal, isOver.signal])).then(() => 'late' as const)
  try {
    return await Promise.race([work, late])
  } finally {
    isOver.abort()
    late.catch(() => {})
  }
}
