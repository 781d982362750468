import type { Grammar } from '../grammar/grammar.ts'

/** How one answer is to be generated and read: what a request asks for, in the syntax of the model that answers. */
export interface AnswerPlan {
  /** Absent: any text. */
  readonly grammar?: Grammar
  /** Whether the names of control tokens are part of the text that the reader gets: some syntaxes are made of them. */
  readonly showsSpecial: boolean
  /** What ends the thinking when its budget is spent, written as if the model had. Absent: it does not think. */
  readonly reasoningEnd?: string
  /** One for each generation. */
  read(): AnswerReader
}

/**
 * Tells what a model's text means, while it comes. Never throws: what looks like a call and turns out to be none is
 * content. Nothing is given twice or taken back.
 */
export interface AnswerReader {
  /** Whether the model is thinking at this place. */
  readonly isReasoning: boolean
  /** Whether at least one call has begun. */
  readonly hasCalls: boolean
  push(text: string): readonly AnswerPiece[]
  /** What was held back. The model has ended its turn, or was ended. */
  end(): readonly AnswerPiece[]
}

/** A piece of an answer. Texts are never empty. */
export type AnswerPiece =
  /** `at`: where it stood in all that was pushed, in UTF-16 units; it is a whole stretch of that. */
  | { readonly type: 'content'; readonly text: string; readonly at: number }
  | { readonly type: 'reasoning'; readonly text: string; readonly at: number }
  | { readonly type: 'call-start'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'call-arguments'; readonly index: number; readonly text: string }
