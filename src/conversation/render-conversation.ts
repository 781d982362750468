import type { MessagesPrompt } from '../core/generation.ts'
import type { ConversationSyntax } from './conversation-syntax.ts'
import type { RenderTemplate } from './template-traits.ts'
import { templateVariables } from './template-variables.ts'

interface RenderOptions {
  readonly prompt: MessagesPrompt
  readonly syntax: ConversationSyntax
  readonly render: RenderTemplate
}

/**
 * The text that the model is to continue. Throws what the template raises. A last message that is continued is written
 * behind the beginning of a new turn, by us: templates end every message that they write.
 */
export function renderConversation({ prompt, syntax, render }: RenderOptions): string {
  const last = prompt.messages.at(-1)
  if (!prompt.continuesLast || last?.role !== 'assistant') return render(templateVariables(prompt, syntax))
  const before = { ...prompt, messages: prompt.messages.slice(0, -1) }
  const begun = render(templateVariables(before, syntax))
  return begun + continuation(begun, last, syntax)
}

interface Continued {
  readonly content: string
  readonly reasoning?: string
}

function continuation(begun: string, { content, reasoning }: Continued, syntax: ConversationSyntax): string {
  const { reasoning: marks, frame } = syntax
  const said = frame && content !== '' ? frame.open + content : content
  const isThinking = marks !== undefined && begun.trimEnd().endsWith(marks.open.trimEnd())
  if (!marks || (content === '' && reasoning === undefined)) return said
  if (reasoning === undefined) return isThinking ? `${marks.inside}${marks.close}${marks.gap}${said}` : said
  const thought = (isThinking ? '' : marks.open + marks.inside) + reasoning
  return content === '' ? thought : `${thought}${marks.inside}${marks.close}${marks.gap}${said}`
}
