import type { ChatMessage } from '../core/generation.ts'
import type { TurnTraits } from './conversation-syntax.ts'

/** Brings a conversation into the turns that the template asks for, so that nothing of it is refused or lost. */
export function takeTurns(messages: readonly ChatMessage[], turns: TurnTraits): readonly ChatMessage[] {
  let taken = turns.partCalls ? messages.flatMap(partCalls) : messages
  if (turns.needText) taken = taken.filter((message) => !isEmptyAnswer(message))
  if (turns.needUser) taken = withUser(taken)
  return turns.alternate ? alternate(taken) : taken
}

/** The text beside calls becomes a message of its own, before them. */
function partCalls(message: ChatMessage): readonly ChatMessage[] {
  const { toolCalls, ...said } = message
  if (!toolCalls || message.content === '') return [message]
  return [said, { role: message.role, content: '', toolCalls }]
}

const isEmptyAnswer = ({ role, content, toolCalls }: ChatMessage): boolean =>
  role === 'assistant' && content === '' && !toolCalls

/** Where the user says nothing, what the system says is said by the user. */
function withUser(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (messages.some(({ role }) => role === 'user')) return messages
  const at = messages.findLastIndex(({ role }) => role === 'system' || role === 'developer')
  if (at < 0) return [{ role: 'user', content: '' }, ...messages]
  return messages.map((message, index) => (index === at ? { ...message, role: 'user' } : message))
}

function alternate(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const turns: ChatMessage[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (last && isSameTurn(last, message)) turns[turns.length - 1] = joined(last, message)
    else turns.push(...between(last, message), message)
  }
  return turns
}

const isSameTurn = (last: ChatMessage, next: ChatMessage): boolean =>
  last.role === next.role && (next.role === 'user' || (next.role === 'assistant' && !last.toolCalls))

function joined(last: ChatMessage, next: ChatMessage): ChatMessage {
  const join = (one: string | undefined, other: string | undefined) =>
    [one, other].filter((text) => text !== undefined && text !== '').join('\n\n')
  const reasoning = join(last.reasoning, next.reasoning)
  return { ...last, ...next, content: join(last.content, next.content), ...(reasoning !== '' && { reasoning }) }
}

/** A turn that nobody took. A blank is the shortest text that no template takes for none. */
function between(last: ChatMessage | undefined, { role }: ChatMessage): readonly ChatMessage[] {
  if (role === 'assistant' && (!last || last.role === 'system')) return [{ role: 'user', content: ' ' }]
  return role === 'user' && last?.role === 'tool' ? [{ role: 'assistant', content: ' ' }] : []
}
