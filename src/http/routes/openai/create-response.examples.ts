import type { ResponseEvent } from '../../../protocol/openai/responses/events.wire.ts'
import type { ResponseRequest } from '../../../protocol/openai/responses/request.wire.ts'
import type { ResponseObject } from '../../../protocol/openai/responses/response.wire.ts'
import { helloResponse } from './get-response.examples.ts'

const send: ResponseRequest = { model: 'smollm2-135m-instruct', input: 'Say hello.', max_output_tokens: 16 }

const begun: ResponseObject = {
  ...helloResponse,
  status: 'in_progress',
  completed_at: null,
  output: [],
  usage: null,
}
const [message] = helloResponse.output
const item = message as Extract<typeof message, { type: 'message' }>
const part = (text: string) => ({ type: 'output_text' as const, text, annotations: [], logprobs: [] })
const place = { item_id: 'msg_2', output_index: 0, content_index: 0 }

const events: [ResponseEvent, ...ResponseEvent[]] = [
  { type: 'response.created', sequence_number: 0, response: begun },
  { type: 'response.in_progress', sequence_number: 1, response: begun },
  {
    type: 'response.output_item.added',
    sequence_number: 2,
    output_index: 0,
    item: { ...item, status: 'in_progress', content: [] },
  },
  { type: 'response.content_part.added', sequence_number: 3, ...place, part: part('') },
  { type: 'response.output_text.delta', sequence_number: 4, ...place, delta: 'Hello', logprobs: [] },
  { type: 'response.output_text.delta', sequence_number: 5, ...place, delta: ' there!', logprobs: [] },
  { type: 'response.output_text.done', sequence_number: 6, ...place, text: 'Hello there!', logprobs: [] },
  { type: 'response.content_part.done', sequence_number: 7, ...place, part: part('Hello there!') },
  { type: 'response.output_item.done', sequence_number: 8, output_index: 0, item },
  { type: 'response.completed', sequence_number: 9, response: helloResponse },
]

const usage = helloResponse.usage as NonNullable<ResponseObject['usage']>
const weather: NonNullable<ResponseRequest['tools']>[number] = {
  type: 'function',
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: true,
}

const called: ResponseObject = {
  ...helloResponse,
  output: [
    {
      id: 'fc_1',
      type: 'function_call',
      status: 'completed',
      call_id: 'call_0',
      name: 'get_weather',
      arguments: '{"city":""}',
    },
  ],
  tool_choice: 'required',
  tools: [weather as ResponseObject['tools'][number]],
  usage: { ...usage, input_tokens: 10, total_tokens: 12 },
}

/** A text whole and as events, a call, and a response in the background. */
export const responseExamples = [
  { name: 'a whole answer', send, reply: helloResponse },
  { name: 'a streamed answer', send: { ...send, stream: true }, events },
  {
    name: 'a call of a function',
    send: { ...send, tools: [weather], tool_choice: 'required' as const },
    reply: called,
  },
  {
    name: 'an answer that goes on from a kept one',
    send: { ...send, previous_response_id: 'resp_kept' },
    reply: {
      ...helloResponse,
      previous_response_id: 'resp_kept',
      usage: { ...usage, input_tokens: 9, total_tokens: 11 },
    },
  },
  {
    name: 'an answer that is not kept',
    send: { ...send, store: false, metadata: { subject: 'hello' } },
    reply: { ...helloResponse, store: false, metadata: { subject: 'hello' } },
  },
  {
    name: 'an answer that is made in the background',
    send: { ...send, background: true },
    reply: { ...begun, background: true, status: 'queued' as const },
  },
] satisfies [unknown, ...unknown[]]

/** What a request for a response and one for the count of its tokens are refused for alike. */
export const inputRefusals = {
  model_not_found: { send: { model: 'absent', input: 'Hello' } },
  model_not_installed: { send: { model: 'catalogued', input: 'Hello' } },
  ability_missing: { send: { model: 'all-minilm-l6-v2', input: 'Hello' } },
  unsupported_parameter: { send: { input: 'Hello', tools: [{ type: 'web_search' }] } },
  previous_response_not_found: { send: { input: 'Hello', previous_response_id: 'resp_absent' } },
  store_unavailable: { send: { input: 'Hello', previous_response_id: 'resp_unreadable' } },
  model_load_failed: { send: { model: 'broken', input: 'Hello' } },
  model_does_not_fit: { send: { model: 'huge', input: 'Hello' } },
} as const

/** All of what a request for a response is refused for. */
export const responseRefusals = {
  ...inputRefusals,
  context_length_exceeded: { send: { input: 'word '.repeat(300) } },
  template_refused: { send: { model: 'strict', input: 'Hello' } },
  queue_full: { send: { model: 'busy', input: 'Hello' } },
  too_many_background: { send: { model: 'crowded', input: 'Hello', background: true } },
  runtime_crashed: { send: { model: 'crashing', input: 'Hello' } },
  generation_failed: { send: { model: 'failing', input: 'Hello' } },
} as const
