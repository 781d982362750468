import type { ChatMessage, Tool, ToolCall } from '../core/generation.ts'
import type { CallSyntax, ConversationSyntax } from './conversation-syntax.ts'

/** Tells a model of its tools in plain words, and how it calls them. For templates that do not. */
export function describeTools(tools: readonly Tool[], { calls, template }: ConversationSyntax): string {
  const signatures = tools.map((tool) => JSON.stringify(toolShape(tool).function))
  const results =
    template.calls === 'none' ? 'The result is then given to you in <tool_response></tool_response>. ' : ''
  return [
    'You may call these functions. Each is described by one line of JSON:',
    ...signatures,
    '',
    'To call a function, answer with nothing but its name and its arguments in this form:',
    callText(calls, '<name>', '{"<argument>": <value>}'),
    `${results}When no function is needed, answer in words.`,
  ].join('\n')
}

/** A tool in OpenAI's shape, as templates expect it. Nothing that they may look for is missing. */
export const toolShape = ({ name, description, parameters }: Tool) => ({
  type: 'function',
  function: {
    name,
    description: description ?? '',
    parameters: parameters ?? { type: 'object', properties: {} },
  },
})

/** Writes the calls and results of a history as the text that the model would have written and been given. */
export function callsAsText(messages: readonly ChatMessage[], syntax: CallSyntax): readonly ChatMessage[] {
  return joinUsers(messages.map((message) => plain(message, syntax)))
}

function plain(message: ChatMessage, syntax: CallSyntax): ChatMessage {
  const { toolCalls, toolCallId: _answered, ...rest } = message
  if (message.role === 'tool') return { role: 'user', content: `<tool_response>\n${message.content}\n</tool_response>` }
  if (!toolCalls) return message
  const between = (syntax.between ?? []).map((part) => ('text' in part ? part.text : '')).join('') || '\n'
  const calls = toolCalls.map(({ name, arguments: text }: ToolCall) => callText(syntax, name, text)).join(between)
  return { ...rest, content: [message.content, calls].filter((text) => text !== '').join('\n') }
}

/** One call, with its marks. */
function callText({ open, call, close }: CallSyntax, name: string, text: string): string {
  return [...open, ...call, ...close]
    .map((part) => {
      if (part.type === 'name') return name
      if (part.type === 'arguments') return text
      return part.type === 'digits' ? '0' : part.text
    })
    .join('')
}

/** Results stand in the user's name, and many templates refuse two messages of one role in a row. */
function joinUsers(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const joined: ChatMessage[] = []
  for (const message of messages) {
    const last = joined.at(-1)
    const isNext = last?.role === 'user' && message.role === 'user' && last.content.endsWith('</tool_response>')
    if (last && isNext) joined[joined.length - 1] = { ...last, content: `${last.content}\n${message.content}` }
    else joined.push(message)
  }
  return joined
}
