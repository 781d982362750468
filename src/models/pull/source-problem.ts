/** Why one source of a model gave nothing. The message is a clause that names the source. */
export class SourceProblem extends Error {
  override readonly name = 'SourceProblem'
  /** What another attempt at the same source could change. */
  readonly retry: Retry

  constructor(message: string, retry: Retry = { type: 'never' }, options?: ErrorOptions) {
    super(message, options)
    this.retry = retry
  }
}

/** `never`: the answer would be the same. `later`: worth another attempt, after that many milliseconds if given. */
export type Retry = { readonly type: 'never' } | { readonly type: 'later'; readonly afterMilliseconds?: number }
