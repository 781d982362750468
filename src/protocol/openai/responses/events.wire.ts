import { type Static, type TProperties, Type as t } from '@sinclair/typebox'
import { ErrorEnvelope } from '../error.wire.ts'
import { Logprob, OutputItem, OutputText, ReasoningText } from './items.wire.ts'
import { ResponseObject } from './response.wire.ts'

const event = <const Type extends string, Fields extends TProperties>(type: Type, fields: Fields) =>
  t.Object({
    type: t.Literal(type),
    sequence_number: t.Integer({ description: 'Counts the events of a response from 0.' }),
    ...fields,
  })

const ofResponse = { response: ResponseObject }
const ofItem = { item_id: t.String(), output_index: t.Integer() }
const ofPart = { ...ofItem, content_index: t.Integer() }
const part = t.Union([OutputText, ReasoningText])

/** The end of a stream that failed before the first event of its response. */
export const ErrorEvent = event('error', {
  code: t.Union([t.String(), t.Null()]),
  message: t.String(),
  param: t.Union([t.String(), t.Null()]),
  error: ErrorEnvelope.properties.error,
})
export type ErrorEvent = Static<typeof ErrorEvent>

/** One event of a response in the making, as OpenAI names and orders them. */
export const ResponseEvent = t.Union([
  event('response.created', ofResponse),
  event('response.queued', ofResponse),
  event('response.in_progress', ofResponse),
  event('response.completed', ofResponse),
  event('response.incomplete', ofResponse),
  event('response.failed', ofResponse),
  event('response.output_item.added', { output_index: t.Integer(), item: OutputItem }),
  event('response.output_item.done', { output_index: t.Integer(), item: OutputItem }),
  event('response.content_part.added', { ...ofPart, part }),
  event('response.content_part.done', { ...ofPart, part }),
  event('response.output_text.delta', { ...ofPart, delta: t.String(), logprobs: t.Array(Logprob) }),
  event('response.output_text.done', { ...ofPart, text: t.String(), logprobs: t.Array(Logprob) }),
  event('response.reasoning_text.delta', { ...ofPart, delta: t.String() }),
  event('response.reasoning_text.done', { ...ofPart, text: t.String() }),
  event('response.function_call_arguments.delta', { ...ofItem, delta: t.String() }),
  event('response.function_call_arguments.done', { ...ofItem, name: t.String(), arguments: t.String() }),
  event('response.custom_tool_call_input.delta', { ...ofItem, delta: t.String() }),
  event('response.custom_tool_call_input.done', { ...ofItem, input: t.String() }),
])
export type ResponseEvent = Static<typeof ResponseEvent>
