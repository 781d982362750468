/** Why a file cannot be used as a model, told from its head alone. The message is a clause that fits after a colon. */
export class HeaderProblem extends Error {
  override readonly name = 'HeaderProblem'
  readonly reason: HeaderProblemReason

  constructor(reason: HeaderProblemReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** `damaged`: the head contradicts itself, its own file or the format. `companion`: it belongs to a model, and is none. */
export type HeaderProblemReason =
  | 'missing'
  | 'directory'
  | 'unreadable'
  | 'empty'
  | 'not-gguf'
  | 'unsupported-version'
  | 'truncated'
  | 'damaged'
  | 'companion'
