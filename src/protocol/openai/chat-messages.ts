import { invalidParameter, ServerError } from '../../core/errors.ts'
import type { ChatMessage, ToolCall } from '../../core/generation.ts'
import { argumentsProblem } from './call-arguments.ts'
import type { Message, MessagePart } from './chat-messages.wire.ts'
import { checkHistory } from './history.ts'

/** What a part of another type than text would need. */
const abilityFor: Readonly<Record<string, string>> = {
  image_url: 'read images',
  input_audio: 'hear audio',
  audio_url: 'hear audio',
  file: 'read files',
  video_url: 'watch videos',
  input_video: 'watch videos',
}

/**
 * A conversation in our vocabulary. Throws `invalid_parameter` with the place of what is wrong, and `ability_missing`
 * for images, audio, video and files.
 */
export function toMessages(wires: readonly Message[], model: string): readonly ChatMessage[] {
  let lastFunctionCall: string | undefined
  const messages = wires.map((wire, index): ChatMessage => {
    const place = `messages[${index}]`
    refuseMisplaced(wire, place)
    const toolCalls = toCalls(wire, place, index)
    if (wire.function_call) lastFunctionCall = toolCalls?.[0]?.id
    const answered = wire.role === 'function' ? lastFunctionCall : (wire.tool_call_id ?? undefined)
    const reasoning = wire.reasoning_content ?? wire.reasoning
    const name = wire.role === 'function' ? undefined : wire.name
    return {
      role: wire.role === 'function' ? 'tool' : wire.role,
      content: contentOf(wire, place, model),
      ...(typeof name === 'string' && { name }),
      ...(typeof reasoning === 'string' && reasoning !== '' && { reasoning }),
      ...(toolCalls && { toolCalls }),
      ...(answered !== undefined && { toolCallId: answered }),
    }
  })
  checkHistory(messages)
  return messages
}

/** What belongs to another role would be lost in silence. */
function refuseMisplaced(wire: Message, place: string): void {
  const { role } = wire
  const ofAssistants = ['tool_calls', 'function_call', 'reasoning_content', 'reasoning', 'refusal'] as const
  const wrong = ofAssistants.find((name) => role !== 'assistant' && hasContent(wire[name]))
  if (wrong)
    throw invalidParameter(`${place}.${wrong}`, `only a message of the assistant has it, and this one is of '${role}'`)
  if (hasContent(wire.tool_call_id) && role !== 'tool')
    throw invalidParameter(`${place}.tool_call_id`, `only a message of a tool has it, and this one is of '${role}'`)
}

const hasContent = (value: unknown) =>
  typeof value === 'object' ? Object.keys(value ?? {}).length > 0 : Boolean(value)

function contentOf({ role, content, refusal }: Message, place: string, model: string): string {
  if (typeof content === 'string') return content
  if (content) return content.map((part, index) => textOf(part, role, `${place}.content[${index}]`, model)).join('')
  if (role === 'assistant') return refusal ?? ''
  const problem = `a message of the role '${role}' must have a content, a string or a list of text parts`
  throw invalidParameter(`${place}.content`, problem)
}

function textOf(part: MessagePart, role: string, ...[place, model]: [place: string, model: string]): string {
  const unread = Object.keys(abilityFor).find(
    (name) => part.type === name || hasContent(part[name as keyof MessagePart]),
  )
  const ability = abilityFor[unread ?? '']
  if (ability !== undefined) throw new ServerError('ability_missing', { param: place, model, ability })
  if (part.type === 'refusal' && role !== 'assistant')
    throw invalidParameter(`${place}.type`, "only a message of the assistant has parts of the type 'refusal'")
  const text = part.type === 'refusal' ? part.refusal : part.text
  if (typeof text === 'string') return text
  throw invalidParameter(`${place}.${part.type}`, 'it is missing; expected a string')
}

function toCalls(wire: Message, place: string, index: number): readonly ToolCall[] | undefined {
  const { tool_calls: calls, function_call: single } = wire
  if (single) {
    if (calls?.length) throw invalidParameter(`${place}.function_call`, "'tool_calls' is there too; send one of them")
    return [
      { id: `call_of_message_${index}`, name: single.name, arguments: toArguments(single, `${place}.function_call`) },
    ]
  }
  if (!calls?.length) return undefined
  return calls.map(({ id, function: called }, at) => ({
    id,
    name: called.name,
    arguments: toArguments(called, `${place}.tool_calls[${at}].function`),
  }))
}

/** Clients send nothing at all for calls without arguments. */
function toArguments({ arguments: text }: { readonly arguments: string }, place: string): string {
  if (text.trim() === '') return '{}'
  const problem = argumentsProblem(text)
  if (problem !== undefined) throw invalidParameter(`${place}.arguments`, problem)
  return text
}
