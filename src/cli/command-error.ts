/** Something that a command could not do, told to the person who gave it. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
  /** What to do next, as an instruction; empty where nothing helps. */
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}
