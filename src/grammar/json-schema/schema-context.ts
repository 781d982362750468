import type { RuleBook } from '../rule-book.ts'
import { SchemaProblem, type SchemaWarning } from './schema-problem.ts'

/** More work than any honest schema takes; a hostile one ends there, after some tens of milliseconds. */
const maxSteps = 150_000

interface ContextOptions {
  /** The path of the schema. */
  readonly at: string
  readonly isRelaxed: boolean
  readonly warnings: SchemaWarning[]
}

/** What all makers of one schema's grammar work with. */
export class SchemaContext {
  readonly book: RuleBook
  readonly #at: string
  readonly #isRelaxed: boolean
  readonly #warnings: SchemaWarning[]
  readonly #told = new Set<string>()
  #steps = 0

  constructor(book: RuleBook, { at, isRelaxed, warnings }: ContextOptions) {
    this.book = book
    this.#at = at
    this.#isRelaxed = isRelaxed
    this.#warnings = warnings
  }

  /** A keyword cannot be enforced: throws, or, when the schema need not be enforced wholly, says so and lets it be dropped. */
  drop(path: string, problem: string): void {
    if (!this.#isRelaxed) throw new SchemaProblem(path, problem)
    if (this.#told.has(path)) return
    this.#told.add(path)
    this.#warnings.push({ path, problem })
  }

  /** Counts work. Throws `SchemaProblem` when a schema takes too much of it, also when it need not be enforced wholly. */
  spend(steps: number, path: string): void {
    this.#steps += steps
    if (this.#steps > maxSteps)
      throw new SchemaProblem(path || this.#at, 'The schema is too large or too entangled to be enforced')
  }
}
