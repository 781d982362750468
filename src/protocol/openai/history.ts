import { invalidParameter } from '../../core/errors.ts'
import type { ChatMessage } from '../../core/generation.ts'

/**
 * Checks that calls and their results belong together, as OpenAI does: right behind the message of the assistant that
 * makes calls stand the results of all of them, one each. Throws `invalid_parameter` with the place.
 */
export function checkHistory(messages: readonly ChatMessage[]): void {
  const open = new Map<string, number>()
  let known: ReadonlySet<string> = new Set()
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      answer(message, { index, open, known })
      continue
    }
    refuseOpen(open)
    const calls = message.toolCalls ?? []
    for (const [at, { id }] of calls.entries()) {
      if (open.has(id))
        throw invalidParameter(`messages[${index}].tool_calls[${at}].id`, `'${shorten(id)}' is there twice`)
      open.set(id, index)
    }
    known = new Set(open.keys())
  }
  refuseOpen(open)
}

function answer(
  { toolCallId: id }: ChatMessage,
  { index, open, known }: { index: number; open: Map<string, number>; known: ReadonlySet<string> },
): void {
  const param = `messages[${index}].tool_call_id`
  if (id === undefined)
    throw invalidParameter(param, 'it is missing; a message of a tool names the call that it answers')
  if (open.delete(id)) return
  throw invalidParameter(
    param,
    known.has(id)
      ? `the call '${shorten(id)}' has its result already`
      : `the messages right before it make no call '${shorten(id)}'`,
  )
}

function refuseOpen(open: ReadonlyMap<string, number>): void {
  const [first] = open
  if (!first) return
  const [id, index] = first
  throw invalidParameter(
    `messages[${index}].tool_calls`,
    `no message of a tool right behind it answers the call '${shorten(id)}'`,
  )
}

const shorten = (id: string) => (id.length > 64 ? `${id.slice(0, 64)}…` : id)
