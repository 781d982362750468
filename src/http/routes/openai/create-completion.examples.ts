import type { CompletionChunk, CompletionReply, CompletionRequest } from '../../../protocol/openai/completions.wire.ts'

const send: CompletionRequest = { model: 'smollm2-135m-instruct', prompt: 'Once upon a', max_tokens: 3 }
const head = {
  id: 'cmpl-1',
  object: 'text_completion' as const,
  created: 1_770_000_000,
  model: 'smollm2-135m-instruct',
  system_fingerprint: 'hearth-0.1.0',
}
const timings = { prompt_ms: 0, predicted_ms: 0, predicted_per_second: 0, forced_n: 0, draft_n: 0, draft_n_accepted: 0 }

const whole: CompletionReply = {
  ...head,
  choices: [{ index: 0, text: 'Hello there!', logprobs: null, finish_reason: 'stop' }],
  usage: {
    prompt_tokens: 3,
    completion_tokens: 2,
    total_tokens: 5,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  },
  timings,
}

const chunk = (text: string, finishReason: 'stop' | null): CompletionChunk => ({
  ...head,
  choices: [{ index: 0, text, logprobs: null, finish_reason: finishReason }],
})

/** One short text, whole and streamed. */
export const completionExamples = [
  { name: 'a whole answer', send, reply: whole },
  {
    name: 'a streamed answer',
    send: { ...send, stream: true },
    events: [chunk('Hello', null), chunk(' there!', null), chunk('', 'stop')] satisfies [unknown, ...unknown[]],
  },
] satisfies [unknown, ...unknown[]]

/** One request for each way in which the route refuses. */
export const completionRefusals = {
  model_not_found: { send: { model: 'absent', prompt: 'Once' } },
  model_not_installed: { send: { model: 'catalogued', prompt: 'Once' } },
  ability_missing: { send: { model: 'all-minilm-l6-v2', prompt: 'Once' } },
  unsupported_parameter: { send: { prompt: 'Once', mirostat: 2 } },
  context_length_exceeded: { send: { prompt: 'word '.repeat(300) } },
  queue_full: { send: { model: 'busy', prompt: 'Once' } },
  model_load_failed: { send: { model: 'broken', prompt: 'Once' } },
  model_does_not_fit: { send: { model: 'huge', prompt: 'Once' } },
  runtime_crashed: { send: { model: 'crashing', prompt: 'Once' } },
  generation_failed: { send: { model: 'failing', prompt: 'Once' } },
} as const
