/** Why a text is no grammar. `problem` is a whole sentence without its full stop; line and column count from 1. */
export class GrammarProblem extends Error {
  readonly line: number
  readonly column: number
  readonly problem: string

  constructor(problem: string, { line, column }: { readonly line: number; readonly column: number }) {
    super(`Line ${line}, column ${column}: ${problem}`)
    this.name = 'GrammarProblem'
    this.line = line
    this.column = column
    this.problem = problem
  }
}
