/** Why one source of a model gave nothing. The message is a clause that names the source. */
export class SourceProblem extends Error {
  override readonly name = 'SourceProblem'
  /** What another attempt at the same source could change. */
  readonly retry: Retry
  readonly reason: SourceReason | undefined

  constructor(message: string, retry: Retry = { type: 'never' }, options?: ErrorOptions & { reason?: SourceReason }) {
    super(message, options)
    this.retry = retry
    this.reason = options?.reason
  }
}

/** `never`: the answer would be the same. `later`: worth another attempt, after that many milliseconds if given. */
export type Retry = { readonly type: 'never' } | { readonly type: 'later'; readonly afterMilliseconds?: number }

/**
 * `missing`: there is no such thing. `refused`: not for whoever asks. `busy`: too much is asked at once. `changed`: it is
 * another file than the one that a part is here of. `damaged`: what is here has not the sum that it must have. `no-ranges`: only
 * the whole file can be had.
 */
export type SourceReason = 'missing' | 'refused' | 'busy' | 'changed' | 'damaged' | 'no-ranges'
