import type { ResponseEvent } from './events.wire.ts'
import type { CallItem, CustomCallItem, OutputItem } from './items.wire.ts'
import { type CalledTool, toArguments } from './list-tools.ts'
import { type Call, type OpenItem, openCall, openCustomCall, openMessage, openReasoning } from './open-item.ts'
import type { ResponseObject } from './response.wire.ts'

const endOf = {
  completed: 'response.completed',
  incomplete: 'response.incomplete',
  cancelled: 'response.incomplete',
  failed: 'response.failed',
} as const

/**
 * The events of a response that is done and whose own events were not kept, behind that number: each piece of it comes
 * at once. They may be fewer than those that somebody has heard, so the end is told in any case.
 */
export function replayResponse(response: ResponseObject, after = -1): readonly ResponseEvent[] {
  const begun: ResponseObject = {
    ...response,
    status: 'in_progress',
    output: [],
    usage: null,
    error: null,
    completed_at: null,
    incomplete_details: null,
  }
  const status = response.status === 'queued' || response.status === 'in_progress' ? 'failed' : response.status
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...response.output.flatMap((item, index) => replayItem(item).map((event) => ({ ...event, output_index: index }))),
    { type: endOf[status], response },
  ]
  const last = events.length - 1
  return events
    .map((event, index) => {
      const number = index === last ? Math.max(last, after + 1) : index
      return { ...event, sequence_number: number } as ResponseEvent
    })
    .filter((event) => event.sequence_number > after)
}

function replayItem(item: OutputItem) {
  const open = openLike(item)
  const text = textOf(item)
  const logprobs = item.type === 'message' ? item.content[0]?.logprobs : []
  return [...open.begin(), ...(text === '' ? [] : open.extend(text, logprobs)), ...open.end(item.status)]
}

function openLike(item: OutputItem): OpenItem {
  if (item.type === 'message') return openMessage(item.id)
  if (item.type === 'function_call') return openCall(item.id, callOf(item, 'function'))
  if (item.type === 'custom_tool_call') return openCustomCall(item.id, callOf(item, 'custom'))
  return openReasoning(item.id, { encodesReasoning: typeof item.encrypted_content === 'string' })
}

function callOf({ call_id: id, name, namespace }: CallItem | CustomCallItem, type: CalledTool['type']): Call {
  return { id, called: { type, name, ...(namespace !== undefined && { namespace }) } }
}

function textOf(item: OutputItem): string {
  if (item.type === 'function_call') return item.arguments
  if (item.type === 'custom_tool_call') return item.input === '' ? '' : toArguments(item.input)
  return item.content.map((part) => part.text).join('')
}
