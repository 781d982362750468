import type { ResponseEvent } from '../../../protocol/openai/responses/events.wire.ts'
import type { Item } from '../../../protocol/openai/responses/items.wire.ts'
import type { ResponseObject } from '../../../protocol/openai/responses/response.wire.ts'

/** A response to "Say hello.", as it is when nothing was asked for but that. */
export const helloResponse: ResponseObject = {
  id: 'resp_1',
  object: 'response',
  access_programs: null,
  created_at: 1_770_000_000,
  completed_at: 1_770_000_000,
  status: 'completed',
  background: false,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: 16,
  max_tool_calls: null,
  model: 'smollm2-135m-instruct',
  output: [
    {
      id: 'msg_2',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hello there!', annotations: [], logprobs: [] }],
    },
  ],
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'default',
  store: true,
  temperature: 0.8,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 0.95,
  truncation: 'disabled',
  usage: {
    input_tokens: 3,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 5,
  },
  user: null,
  metadata: {},
}

/** The response that the examples of GET, DELETE and /input_items are about. */
export const keptExample: ResponseObject = {
  ...helloResponse,
  id: 'resp_kept',
  output: helloResponse.output.map((item) => ({ ...item, id: 'msg_kept' })),
}

/** One that was made in the background. */
export const backgroundExample: ResponseObject = { ...keptExample, id: 'resp_background', background: true }

/** What `keptExample` answers. */
export const keptQuestion: Item = {
  id: 'msg_question',
  type: 'message',
  status: 'completed',
  role: 'user',
  content: [{ type: 'input_text', text: 'Say hello.' }],
}

const [message] = keptExample.output
const part = { type: 'output_text' as const, text: 'Hello there!', annotations: [], logprobs: [] }
const place = { item_id: 'msg_kept', output_index: 0, content_index: 0 }

/** The end of `keptExample`, told as events. */
export const keptEvents: [ResponseEvent, ...ResponseEvent[]] = [
  { type: 'response.content_part.done', sequence_number: 6, ...place, part },
  {
    type: 'response.output_item.done',
    sequence_number: 7,
    output_index: 0,
    item: message as NonNullable<typeof message>,
  },
  { type: 'response.completed', sequence_number: 8, response: keptExample },
]
