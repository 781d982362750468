import type { ConversationSyntax } from '../conversation-syntax.ts'
import { triggerOf } from '../trigger.ts'
import type { AnswerText, Reading } from './answer-text.ts'
import { type ExpectedCalls, readCalls } from './read-call.ts'
import { readUntil } from './read-until.ts'

/** What may come in an answer. */
export interface ExpectedAnswer {
  readonly syntax: ConversationSyntax
  /** The prompt ends within the thinking. */
  readonly beginsThinking: boolean
  /** Absent: nothing is read as a call. */
  readonly calls?: ExpectedCalls
}

/** Reads an answer of the families that write thinking, text and calls one after the other, with marks between them. */
export function* readAnswer(text: AnswerText, expected: ExpectedAnswer): Reading<void> {
  yield* readThinking(text, expected)
  const { calls, syntax } = expected
  if (calls?.standAlone && (yield* readCalls(text, calls))) yield* text.skipSpace()
  if (syntax.frame) yield* takeFrameOpen(text, syntax.frame.open)
  const trigger = calls && !calls.standAlone ? triggerOf(calls.syntax) : undefined
  for (;;) {
    const marks = [trigger, syntax.frame?.close].filter((mark) => mark !== undefined)
    const found = yield* readUntil(text, { type: 'content', marks, trims: trigger !== undefined })
    if (found === undefined) return
    const length = found.space + found.mark.length
    if (found.mark === syntax.frame?.close) text.advance(length)
    else if (calls && (yield* readCalls(text, calls))) yield* text.skipSpace()
    else text.give('content', length)
  }
}

function* readThinking(text: AnswerText, { syntax, beginsThinking }: ExpectedAnswer): Reading<void> {
  const { reasoning } = syntax
  if (!reasoning) return
  let isBegun = beginsThinking
  for (;;) {
    const start = text.place
    text.isReasoning = isBegun
    yield* text.skipSpace()
    // Some models write the mark that the prompt ends with once more.
    if (!(yield* text.take(reasoning.open)) && !isBegun) {
      if (!text.hasThought) text.moveTo(start)
      return
    }
    isBegun = false
    text.isReasoning = true
    yield* text.skipSpace()
    const found = yield* readUntil(text, { type: 'reasoning', marks: [reasoning.close], trims: true })
    text.isReasoning = false
    text.hasThought = true
    if (found) text.advance(found.space + found.mark.length)
    text.forget()
  }
}

function* takeFrameOpen(text: AnswerText, open: string): Reading<void> {
  const start = text.place
  yield* text.skipSpace()
  if (!(yield* text.take(open))) text.moveTo(start)
}
