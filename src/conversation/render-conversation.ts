import type { MessagesPrompt } from '../core/generation.ts'
import type { ConversationSyntax } from './conversation-syntax.ts'
import { plainSchema } from './plain-schema.ts'
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
  if (!prompt.continuesLast || last?.role !== 'assistant') return renderTurn({ prompt, syntax, render })
  const begun = renderTurn({ prompt: { ...prompt, messages: prompt.messages.slice(0, -1) }, syntax, render })
  return begun + continuation(begun, last, syntax)
}

/** Templates that break on the schema of a tool get a simpler one; what they raise about the messages stays. */
function renderTurn({ prompt, syntax, render }: RenderOptions): string {
  const variables = templateVariables(prompt, syntax)
  try {
    return render(variables)
  } catch (error) {
    const { toolUse } = prompt
    if (!toolUse?.tools.some(({ parameters }) => parameters)) throw error
    try {
      const tools = toolUse.tools.map((tool) =>
        tool.parameters ? { ...tool, parameters: plainSchema(tool.parameters) } : tool,
      )
      return render(templateVariables({ ...prompt, toolUse: { ...toolUse, tools } }, syntax))
    } catch {
      throw error
    }
  }
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
