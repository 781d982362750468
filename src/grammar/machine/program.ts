/**
 * A grammar as a graph of steps over bytes. Steps know what follows them within their own rule; what follows a rule
 * stands on a stack. Steps are ordered: within a rule, all that follows a step has a smaller `id`, but for the body of a
 * loop, which leads back to it.
 */
export interface Program {
  readonly steps: readonly Step[]
  readonly start: Step
  /** Of all 256 bytes, the number of a class: bytes of one class are equal for every step. */
  readonly byteClasses: Uint8Array
  readonly classCount: number
  /** Names of control tokens that the grammar mentions. */
  readonly specials: ReadonlySet<string>
  /** The rules, each after those that it calls, as far as they do not call each other. */
  readonly entries: readonly RuleEntry[]
}

/** A compiled rule, filled in once its steps are there: `from` ≤ id < `to`. */
export interface RuleEntry {
  readonly name: string
  start: Step
  from: number
  to: number
}

export type Step = TextStep | BranchStep | SplitStep | LoopStep | CallStep | RepeatStep | SpecialStep | ReturnStep

interface AnyStep {
  readonly id: number
  /** Of the rule that the step is in. */
  readonly rule: string
}

/** Exactly these bytes, at least one. */
export interface TextStep extends AnyStep {
  readonly type: 'text'
  readonly bytes: Uint8Array
  readonly next: Step
}

/** One byte, and where it leads to. Ordered and apart. */
export interface BranchStep extends AnyStep {
  readonly type: 'branch'
  readonly branches: readonly Branch[]
}

export interface Branch {
  readonly first: number
  readonly last: number
  readonly next: Step
}

/** Any of several ways, without a byte. */
export interface SplitStep extends AnyStep {
  readonly type: 'split'
  readonly ways: readonly Step[]
}

/** Any number of times; the body comes back here, and never without a byte. */
export interface LoopStep extends AnyStep {
  readonly type: 'loop'
  body: Step
  readonly next: Step
}

export interface CallStep extends AnyStep {
  readonly type: 'call'
  readonly entry: RuleEntry
  readonly next: Step
}

/** A counted repetition; the body ends with a return, and never matches without a byte. `most` may be infinite. */
export interface RepeatStep extends AnyStep {
  readonly type: 'repeat'
  readonly body: Step
  readonly least: number
  readonly most: number
  readonly next: Step
}

/** A control token; `plain` is the way for vocabularies that have none of that name. */
export interface SpecialStep extends AnyStep {
  readonly type: 'special'
  readonly text: string
  readonly plain: Step
  readonly next: Step
}

/** The end of a rule, or of the body of a repetition. */
export interface ReturnStep extends AnyStep {
  readonly type: 'return'
}
