import type { ChatMessage, Tool, ToolCall } from '../core/generation.ts'
import type { CallPart, CallSyntax, ConversationSyntax } from './conversation-syntax.ts'

/**
 * Tells a model of its tools, and how it calls them, for templates that do not. The marks and the order are those that
 * most models have seen in training.
 */
export function describeTools(tools: readonly Tool[], { calls, template }: ConversationSyntax): string {
  const results = template.calls === 'none' ? ' The results come back within <tool_response></tool_response>.' : ''
  return [
    '# Tools',
    '',
    'You may call functions to help with the request. Their signatures are given within <tools></tools>:',
    '<tools>',
    ...tools.map((tool) => JSON.stringify(toolShape(tool))),
    '</tools>',
    '',
    'To call a function, write its name and its arguments, a JSON object, in this form:',
    callsText(calls, [{ name: '<function-name>', arguments: '<arguments>' }]),
    `When no function is needed, answer in words.${results}`,
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
  const content = [message.content, callsText(syntax, toolCalls)].filter((text) => text !== '').join('\n')
  return { ...rest, content }
}

/** Calls with their marks, with the arguments as JSON. */
function callsText(syntax: CallSyntax, calls: readonly Pick<ToolCall, 'name' | 'arguments'>[]): string {
  const { open, call, between = [], close } = syntax
  const written = calls.map((each) => partsText(call, each))
  return partsText(open) + written.join(partsText(between)) + partsText(close)
}

/** What a call begins with, up to its arguments. */
export function callHead({ open, call }: CallSyntax, name: string, own: string): string {
  const split = call.findIndex((part) => part.type === 'arguments')
  return partsText([...open, ...call.slice(0, split)], { name, arguments: '', own })
}

function partsText(
  parts: readonly CallPart[],
  call: { readonly name: string; readonly arguments: string; readonly own?: string } = { name: '', arguments: '' },
): string {
  const texts = parts.map((part) => {
    if (part.type === 'name') return call.name
    if (part.type === 'arguments') return call.arguments
    if (part.type === 'own') return call.own ?? '0'
    return part.type === 'mark' && part.isOptional ? '' : part.text
  })
  return texts.join('')
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
