import type { ChatMessage, MessagesPrompt, ToolCall } from '../core/generation.ts'
import { shortId } from './call-id.ts'
import type { ConversationSyntax, TemplateTraits } from './conversation-syntax.ts'

/** A message as templates know it, in OpenAI's spelling. */
export interface TemplateMessage {
  readonly role: string
  readonly content: string | null
  readonly name?: string
  readonly reasoning_content?: string
  readonly thinking?: string
  readonly tool_call_id?: string
  readonly tool_calls?: readonly object[]
  /** JSON text; for templates that look for tools there. */
  readonly tools?: string
}

/** The messages in the shape that the model's template expects; calls and results have been made text where it knows none. */
export function templateMessages(
  { messages }: Pick<MessagesPrompt, 'messages'>,
  syntax: ConversationSyntax,
): readonly TemplateMessage[] {
  const { template } = syntax
  const ids = callIds(messages, template.ids)
  const names = new Map(messages.flatMap(({ toolCalls }) => toolCalls ?? []).map(({ id, name }) => [id, name]))
  const history = template.calls === 'one' ? splitCalls(messages) : messages
  return history.map((message): TemplateMessage => {
    const role = message.role === 'developer' && !template.knowsDeveloper ? 'system' : message.role
    const name = message.name ?? names.get(message.toolCallId ?? '')
    return {
      role,
      content: contentOf(message, syntax),
      ...(name !== undefined && { name }),
      ...thoughtOf(message, syntax),
      ...(message.toolCallId !== undefined && { tool_call_id: ids.get(message.toolCallId) ?? message.toolCallId }),
      ...(message.toolCalls && { tool_calls: message.toolCalls.map((call) => templateCall(call, template, ids)) }),
    }
  })
}

function contentOf({ content, toolCalls, reasoning }: ChatMessage, { template, isHarmony }: ConversationSyntax) {
  if (content === '' && toolCalls) return template.emptyContent
  // The template refuses a call with both; it writes either of them as the thought before the call.
  return isHarmony && toolCalls && reasoning !== undefined ? '' : content
}

function thoughtOf({ reasoning }: ChatMessage, { isHarmony }: ConversationSyntax) {
  if (reasoning === undefined) return {}
  return isHarmony ? { thinking: reasoning } : { reasoning_content: reasoning }
}

function templateCall(call: ToolCall, template: TemplateTraits, ids: ReadonlyMap<string, string>): object {
  return {
    id: ids.get(call.id) ?? call.id,
    type: 'function',
    function: {
      name: call.name,
      arguments: template.arguments === 'object' ? JSON.parse(call.arguments) : call.arguments,
    },
  }
}

/** What the calls' ids become for templates that demand ids of their own kind. */
function callIds(messages: readonly ChatMessage[], kind: TemplateTraits['ids']): ReadonlyMap<string, string> {
  if (!kind) return new Map()
  const calls = messages.flatMap(({ toolCalls }) => toolCalls ?? [])
  const idOf = ({ id, name }: ToolCall, index: number) =>
    kind === 'short' ? shortId(id) : `functions.${name}:${index}`
  return new Map(calls.map((call, index) => [call.id, idOf(call, index)]))
}

/** A message with several calls becomes one for each call, each with its result behind it. */
function splitCalls(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const results = new Map(messages.filter(({ role }) => role === 'tool').map((each) => [each.toolCallId, each]))
  const moved = new Set<ChatMessage>()
  return messages.flatMap((message): readonly ChatMessage[] => {
    if (moved.has(message)) return []
    const { toolCalls, ...rest } = message
    if (!toolCalls || toolCalls.length < 2) return [message]
    return toolCalls.flatMap((call, index) => {
      const result = results.get(call.id)
      if (result) moved.add(result)
      const first = index === 0 ? rest : { role: rest.role, content: '' }
      return [{ ...first, toolCalls: [call] }, ...(result ? [result] : [])]
    })
  })
}
