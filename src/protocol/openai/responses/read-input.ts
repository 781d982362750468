import { Bug, invalidParameter } from '../../../core/errors.ts'
import { argumentsProblem } from '../call-arguments.ts'
import type { Item, SentItem } from './items.wire.ts'
import { readReasoning } from './reasoning-text.ts'

export interface InputContext {
  newId(prefix: string): string
  /** A kept item by its id. */
  find(id: string): Item | undefined
  /** Ids of the items that come before the input. */
  readonly before: ReadonlySet<string>
}

/**
 * The input of a request as items that can be kept: each has an id, and references have become what they refer to.
 * Throws `invalid_parameter` with the place of the item.
 */
export function readInput(input: string | readonly SentItem[], context: InputContext): readonly Item[] {
  if (typeof input === 'string') return [userMessage(input, context)]
  const seen = new Set(context.before)
  return input.map((sent, index) => {
    const item = readItem(sent, `input[${index}]`, context)
    if (seen.has(item.id))
      throw invalidParameter(`input[${index}].id`, `the item '${item.id}' is in the conversation already`)
    seen.add(item.id)
    return item
  })
}

const userMessage = (text: string, { newId }: InputContext): Item => ({
  id: newId('msg_'),
  type: 'message',
  status: 'completed',
  role: 'user',
  content: [{ type: 'input_text', text }],
})

function readItem(sent: SentItem, place: string, context: InputContext): Item {
  const { newId } = context
  if ('role' in sent) return readMessage(sent, sent.id ?? newId('msg_'))
  switch (sent.type) {
    case 'function_call':
      return readCall(sent, place, sent.id ?? newId('fc_'))
    case 'custom_tool_call':
      return readCustomCall(sent, sent.id ?? newId('ctc_'))
    case 'function_call_output':
    case 'custom_tool_call_output':
      return {
        id: sent.id ?? newId(sent.type === 'function_call_output' ? 'fco_' : 'ctco_'),
        type: sent.type,
        status: 'completed',
        call_id: sent.call_id,
        output: textOf(sent.output),
      }
    case 'reasoning':
      return {
        id: sent.id ?? newId('rs_'),
        type: 'reasoning',
        status: 'completed',
        summary: [],
        content: [{ type: 'reasoning_text', text: readReasoning(sent, place) }],
      }
    default: {
      const found = context.find(sent.id)
      if (!found)
        throw invalidParameter(`${place}.id`, `there is no item '${sent.id}'; was its response kept ("store": true)?`)
      return found
    }
  }
}

type Sent<Type> = Extract<SentItem, { type: Type }>
type SentMessage = Extract<SentItem, { role: unknown }>

function readMessage({ role, content }: SentMessage, id: string): Item {
  const text = textOf(content)
  if (role !== 'assistant')
    return { id, type: 'message', status: 'completed', role, content: [{ type: 'input_text', text }] }
  const part = { type: 'output_text' as const, text, annotations: [], logprobs: [] }
  return { id, type: 'message', status: 'completed', role, content: [part] }
}

function readCall(sent: Sent<'function_call'>, place: string, id: string): Item {
  const problem = argumentsProblem(sent.arguments)
  if (problem !== undefined) throw invalidParameter(`${place}.arguments`, problem)
  const { call_id, name, arguments: text } = sent
  return { id, type: 'function_call', status: 'completed', call_id, name, ...namespaceOf(sent), arguments: text }
}

const readCustomCall = (sent: Sent<'custom_tool_call'>, id: string): Item => ({
  id,
  type: 'custom_tool_call',
  status: 'completed',
  call_id: sent.call_id,
  name: sent.name,
  ...namespaceOf(sent),
  input: sent.input,
})

const namespaceOf = ({ namespace }: { readonly namespace?: string | null }) =>
  typeof namespace === 'string' ? { namespace } : {}

type Parts = Extract<SentMessage['content'], readonly unknown[]>

/** The parts of a message, joined. */
function textOf(content: string | Parts): string {
  if (typeof content === 'string') return content
  return content.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join('')
}

/** An item that this server kept. Throws `Bug` for anything else. */
export function toItem(kept: Readonly<Record<string, unknown>>): Item {
  if (typeof kept.id !== 'string' || typeof kept.type !== 'string') throw new Bug('A kept item is none.')
  return kept as unknown as Item
}
