import type { Ranges } from '../expressions.ts'

/**
 * A deterministic finite automaton over code points. State 0 is the start. A character that no edge of a state holds
 * leads nowhere: no text with it there matches.
 */
export interface Automaton {
  readonly states: readonly AutomatonState[]
}

export interface AutomatonState {
  readonly isEnd: boolean
  /** Their ranges share no character. */
  readonly edges: readonly AutomatonEdge[]
}

export interface AutomatonEdge {
  readonly ranges: Ranges
  readonly to: number
}
