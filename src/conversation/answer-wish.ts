import type { Expression } from '../grammar/grammar.ts'
import type { CallableFunction } from './call-grammar.ts'

/** What an answer is to be, apart from the syntax that it is written in. */
export interface AnswerWish {
  /** Whether the answer begins within the thinking, or may begin with it. */
  readonly thinking: 'begun' | 'possible' | 'none'
  readonly calls?: {
    readonly functions: readonly CallableFunction[]
    /** There must be a call, and nothing else. */
    readonly isForced: boolean
    readonly isParallel: boolean
  }
  /** What the answer's text must be; absent: any text. */
  readonly content?: Expression
}
