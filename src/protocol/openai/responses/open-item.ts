import type { ResponseEvent } from './events.wire.ts'
import { InputText } from './input-text.ts'
import type {
  CallItem,
  CustomCallItem,
  Logprob,
  MessageItem,
  OutputItem,
  OutputText,
  ReasoningItem,
} from './items.wire.ts'
import type { CalledTool } from './list-tools.ts'
import { encodeReasoning } from './reasoning-text.ts'

type Without<Event, Keys extends PropertyKey> = Event extends unknown ? Omit<Event, Keys> : never

/** An event of one item, before it has its place among all events. */
export type Untold = Without<Exclude<ResponseEvent, { response: unknown }>, 'sequence_number' | 'output_index'>

type Status = OutputItem['status']

/** An item of an answer in the making: what is told of it, and what it is so far. */
export interface OpenItem {
  readonly kind: 'message' | 'reasoning' | 'call'
  begin(): readonly Untold[]
  extend(text: string, logprobs?: readonly Logprob[]): readonly Untold[]
  end(status: Status): readonly Untold[]
  item(status: Status): OutputItem
}

/** Text that the model says. */
export function openMessage(id: string): OpenItem {
  const place = { item_id: id, content_index: 0 }
  let text = ''
  const logprobs: Logprob[] = []
  const part = (): OutputText => ({ type: 'output_text', text, annotations: [], logprobs: [...logprobs] })
  const item = (status: Status, content: OutputText[]): MessageItem => ({
    id,
    type: 'message',
    status,
    role: 'assistant',
    content,
  })
  return {
    kind: 'message',
    begin: () => [
      { type: 'response.output_item.added', item: item('in_progress', []) },
      { type: 'response.content_part.added', ...place, part: part() },
    ],
    extend(delta, more = []) {
      text += delta
      logprobs.push(...more)
      return [{ type: 'response.output_text.delta', ...place, delta, logprobs: [...more] }]
    },
    end: (status) => [
      { type: 'response.output_text.done', ...place, text, logprobs: [...logprobs] },
      { type: 'response.content_part.done', ...place, part: part() },
      { type: 'response.output_item.done', item: item(status, [part()]) },
    ],
    item: (status) => item(status, [part()]),
  }
}

/** What the model thinks. */
export function openReasoning(id: string, options: { readonly encodesReasoning: boolean }): OpenItem {
  const place = { item_id: id, content_index: 0 }
  let text = ''
  const part = () => ({ type: 'reasoning_text' as const, text })
  const item = (status: Status, content: ReasoningItem['content']): ReasoningItem => ({
    id,
    type: 'reasoning',
    status,
    summary: [],
    content,
    ...(options.encodesReasoning && content.length > 0 && { encrypted_content: encodeReasoning(text) }),
  })
  return {
    kind: 'reasoning',
    begin: () => [
      { type: 'response.output_item.added', item: item('in_progress', []) },
      { type: 'response.content_part.added', ...place, part: part() },
    ],
    extend(delta) {
      text += delta
      return [{ type: 'response.reasoning_text.delta', ...place, delta }]
    },
    end: (status) => [
      { type: 'response.reasoning_text.done', ...place, text },
      { type: 'response.content_part.done', ...place, part: part() },
      { type: 'response.output_item.done', item: item(status, [part()]) },
    ],
    item: (status) => item(status, [part()]),
  }
}

/** The call of a tool, by the name that the client gave it. */
export interface Call {
  readonly id: string
  readonly called: CalledTool
}

/** A function that the model calls. */
export function openCall(id: string, call: Call): OpenItem {
  const { type: _, name, ...within } = call.called
  let text = ''
  const item = (status: Status): CallItem => ({
    id,
    type: 'function_call',
    status,
    call_id: call.id,
    name,
    ...within,
    arguments: text,
  })
  return {
    kind: 'call',
    begin: () => [{ type: 'response.output_item.added', item: item('in_progress') }],
    extend(delta) {
      text += delta
      return [{ type: 'response.function_call_arguments.delta', item_id: id, delta }]
    },
    end: (status) => [
      { type: 'response.function_call_arguments.done', item_id: id, name, arguments: text },
      { type: 'response.output_item.done', item: item(status) },
    ],
    item,
  }
}

/** A custom tool that the model calls. `extend` takes the arguments of the function that it is to the model. */
export function openCustomCall(id: string, call: Call): OpenItem {
  const { type: _, name, ...within } = call.called
  const reader = new InputText()
  let input = ''
  const item = (status: Status): CustomCallItem => ({
    id,
    type: 'custom_tool_call',
    status,
    call_id: call.id,
    name,
    ...within,
    input,
  })
  return {
    kind: 'call',
    begin: () => [{ type: 'response.output_item.added', item: item('in_progress') }],
    extend(piece) {
      const delta = reader.read(piece)
      input += delta
      return delta === '' ? [] : [{ type: 'response.custom_tool_call_input.delta', item_id: id, delta }]
    },
    end: (status) => [
      { type: 'response.custom_tool_call_input.done', item_id: id, input },
      { type: 'response.output_item.done', item: item(status) },
    ],
    item,
  }
}
