/** A work in steps, each of which takes a millisecond or so. */
export type Steps<Result> = Generator<undefined, Result, undefined>

/** Entries of a table that are looked at in one step. */
const stepLength = 1024

/** A value that takes long to make. It is made in steps ahead of time, or at once when it is asked for. */
export class Stepwise<Value> {
  readonly #begin: () => Steps<Value>
  #steps: Steps<Value> | undefined
  #made: { readonly value: Value } | undefined

  /** Nothing is begun before the first step. Steps that throw are begun anew by the next one. */
  constructor(begin: () => Steps<Value>) {
    this.#begin = begin
  }

  /** Takes all steps that are left. */
  get value(): Value {
    while (!this.#made) this.step()
    return this.#made.value
  }

  /** Takes the next step. False when none is left. */
  step(): boolean {
    if (this.#made) return false
    const steps = this.#steps ?? this.#begin()
    this.#steps = undefined
    const { done, value } = steps.next()
    if (done) this.#made = { value }
    else this.#steps = steps
    return true
  }
}

/** Does a work for all places of a table, a part with each step. */
export function* inSteps(length: number, work: (from: number, to: number) => void): Steps<void> {
  for (let from = 0; from < length; from += stepLength) {
    work(from, Math.min(from + stepLength, length))
    yield
  }
}
