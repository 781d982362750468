import type { MessagesPrompt } from '../core/generation.ts'
import type { AnswerWish } from './answer-wish.ts'
import type { ConversationSyntax } from './conversation-syntax.ts'

/** Tells from the end of the prompt whether the model thinks at once, may begin to, or has been told not to. */
export function thinkingOf(
  { reasoning }: ConversationSyntax,
  { messages, continuesLast }: MessagesPrompt,
  renderedPrompt: string,
): AnswerWish['thinking'] {
  if (!reasoning) return 'none'
  const last = messages.at(-1)
  if (continuesLast && last?.role === 'assistant') {
    if (last.content !== '') return 'none'
    if (last.reasoning !== undefined) return 'begun'
  }
  const prompt = renderedPrompt.trimEnd()
  if (prompt.endsWith(reasoning.open.trimEnd())) return 'begun'
  return prompt.endsWith(reasoning.close) ? 'none' : 'possible'
}
