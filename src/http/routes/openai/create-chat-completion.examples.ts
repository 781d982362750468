import type { ChatCompletionChunk, ChatCompletionReply } from '../../../protocol/openai/chat-answers.wire.ts'
import type { ChatCompletionRequest } from '../../../protocol/openai/chat-completions.wire.ts'

const send: ChatCompletionRequest = {
  model: 'smollm2-135m-instruct',
  messages: [{ role: 'user', content: 'Say hello.' }],
  max_tokens: 16,
}
const head = {
  id: 'chatcmpl-1',
  created: 1_770_000_000,
  model: 'smollm2-135m-instruct',
  system_fingerprint: 'hearth-0.1.0',
}
const usage = {
  prompt_tokens: 3,
  completion_tokens: 2,
  total_tokens: 5,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
}
const timings = { prompt_ms: 0, predicted_ms: 0, predicted_per_second: 0, forced_n: 0, draft_n: 0, draft_n_accepted: 0 }

const whole: ChatCompletionReply = {
  ...head,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello there!', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage,
  timings,
}

const chunk = (
  delta: ChatCompletionChunk['choices'][number]['delta'],
  finishReason: 'stop' | null,
): ChatCompletionChunk => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  usage: null,
})

/** One short exchange, whole and streamed. */
export const chatExamples = [
  { name: 'a whole answer', send, reply: whole },
  {
    name: 'a streamed answer with its usage',
    send: { ...send, stream: true, stream_options: { include_usage: true } },
    events: [
      chunk({ role: 'assistant', content: '', refusal: null }, null),
      chunk({ content: 'Hello' }, null),
      chunk({ content: ' there!' }, null),
      chunk({}, 'stop'),
      { ...head, object: 'chat.completion.chunk' as const, choices: [], usage, timings },
    ] satisfies [unknown, ...unknown[]],
  },
] satisfies [unknown, ...unknown[]]

const hello = [{ role: 'user', content: 'Hello' }]

/** One request for each way in which the route refuses. */
export const chatRefusals = {
  model_not_found: { send: { model: 'absent', messages: hello } },
  model_not_installed: { send: { model: 'catalogued', messages: hello } },
  ability_missing: {
    send: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
  },
  unsupported_parameter: { send: { messages: hello, web_search_options: {} } },
  context_length_exceeded: { send: { messages: [{ role: 'user', content: 'word '.repeat(300) }] } },
  template_refused: { send: { model: 'strict', messages: [{ role: 'system', content: 'Hello' }] } },
  queue_full: { send: { model: 'busy', messages: hello } },
  model_load_failed: { send: { model: 'broken', messages: hello } },
  model_does_not_fit: { send: { model: 'huge', messages: hello } },
  runtime_crashed: { send: { model: 'crashing', messages: hello } },
  generation_failed: { send: { model: 'failing', messages: hello } },
} as const
