import type {
  ChatCompletionChunk,
  ChatCompletionReply,
  ChatCompletionRequest,
} from '../../../protocol/openai/chat-completions.wire.ts'

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
const timings = { prompt_ms: 0, predicted_ms: 0, predicted_per_second: 0, draft_n: 0, draft_n_accepted: 0 }

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
