import type { AnswerReader } from '../../../conversation/answer-plan.ts'

/** Reads an answer that is nothing but text. */
export function plainReader(): AnswerReader {
  let length = 0
  return {
    isReasoning: false,
    hasCalls: false,
    push(text) {
      const at = length
      length += text.length
      return text ? [{ type: 'content', text, at }] : []
    },
    end: () => [],
  }
}
