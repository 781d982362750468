/** Why a regular expression cannot be enforced; the message is one clause, without a capital or a full stop. */
export class PatternProblem extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PatternProblem'
  }
}
