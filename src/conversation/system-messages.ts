import type { ChatMessage } from '../core/generation.ts'

/** Adds a text to what the conversation says to the model in the first place. */
export function withSystemText(messages: readonly ChatMessage[], text: string): readonly ChatMessage[] {
  const [first, ...rest] = messages
  return first && isSystem(first)
    ? [{ ...first, content: `${first.content}\n\n${text}` }, ...rest]
    : [{ role: 'system', content: text }, ...messages]
}

/** Brings all that is said as the system to where the template can write it: the first message, or the first user's. */
export function mergeSystem(messages: readonly ChatMessage[], place: 'first' | 'none'): readonly ChatMessage[] {
  const said = messages.filter(isSystem)
  const others = messages.filter((message) => !isSystem(message))
  const [first] = said
  if (!first) return messages
  const content = said.map((message) => message.content).join('\n\n')
  if (place === 'first') return [{ ...first, content }, ...others]
  const at = others.findIndex(({ role }) => role === 'user')
  if (at < 0) return [{ role: 'user', content }, ...others]
  return others.map((message, index) =>
    index === at ? { ...message, content: `${content}\n\n${message.content}` } : message,
  )
}

const isSystem = ({ role }: ChatMessage): boolean => role === 'system' || role === 'developer'
