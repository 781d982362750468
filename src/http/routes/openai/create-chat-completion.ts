import { Type as t } from '@sinclair/typebox'
import type { ModelEntry } from '../../../core/model.ts'
import { fromWhole, toChunks, toGeneration } from '../../../protocol/openai/chat-completions.ts'
import {
  ChatCompletionChunk,
  ChatCompletionReply,
  ChatCompletionRequest,
} from '../../../protocol/openai/chat-completions.wire.ts'
import { readWhole } from '../../../protocol/openai/whole-text.ts'
import { answerHead } from '../../answer-head.ts'
import { defineRoute, type RouteRequest } from '../../define-route.ts'
import { generateWith, leaseFor } from '../../leased-generation.ts'
import { chatExamples } from './create-chat-completion.examples.ts'

type Call = RouteRequest<unknown, unknown, ChatCompletionRequest>

export default defineRoute({
  method: 'POST',
  path: '/v1/chat/completions',
  operationId: 'openai.createChatCompletion',
  summary: 'Answer a conversation',
  description: `Continues a conversation with the model's own chat template, whole or as server-sent events.

While the model loads, while the request waits for its turn and while the prompt is read, a stream carries comments
(\`: loading 42%\`, \`: queued 3\`, \`: reading 512/2048\`). An error that comes later than that is an event of its own,
\`data: {"error": …}\`, and the stream ends without \`[DONE]\`.

A prompt that does not fit into the context is refused, never cut. Parameters that this version cannot honour are refused
when they would change the answer: \`tools\`, \`tool_choice\`, \`functions\`, \`function_call\`, \`response_format\`,
\`logprobs\`, \`top_logprobs\`, \`logit_bias\`, \`frequency_penalty\`, \`presence_penalty\`, \`modalities\`, \`audio\`,
\`web_search_options\`, \`n\` other than 1. These are let through and have no effect: \`user\`, \`metadata\`, \`store\`,
\`service_tier\`, \`parallel_tool_calls\`, \`prediction\`, \`prompt_cache_key\`, \`safety_identifier\`,
\`reasoning_effort\`, \`verbosity\`, and every field that is not known here.`,
  params: t.Object({}),
  query: t.Object({}),
  body: ChatCompletionRequest,
  reply: ChatCompletionReply,
  event: ChatCompletionChunk,
  examples: chatExamples,
  refusals: {
    model_not_found: { send: { model: 'absent', messages: [{ role: 'user', content: 'Hello' }] } },
    model_not_installed: { send: { model: 'catalogued', messages: [{ role: 'user', content: 'Hello' }] } },
    ability_missing: { send: { model: 'all-minilm-l6-v2', messages: [{ role: 'user', content: 'Hello' }] } },
    unsupported_parameter: { send: { messages: [{ role: 'user', content: 'Hello' }], n: 2 } },
    context_length_exceeded: { send: { messages: [{ role: 'user', content: 'word '.repeat(300) }] } },
    template_refused: { send: { model: 'strict', messages: [{ role: 'system', content: 'Hello' }] } },
    queue_full: { send: { model: 'busy', messages: [{ role: 'user', content: 'Hello' }] } },
    model_load_failed: { send: { model: 'broken', messages: [{ role: 'user', content: 'Hello' }] } },
    model_does_not_fit: { send: { model: 'huge', messages: [{ role: 'user', content: 'Hello' }] } },
    runtime_crashed: { send: { model: 'crashing', messages: [{ role: 'user', content: 'Hello' }] } },
    generation_failed: { send: { model: 'failing', messages: [{ role: 'user', content: 'Hello' }] } },
  },
  handle: (call) => (call.body.stream ? streamed(call) : whole(call)),
})

async function whole(call: Call): Promise<ChatCompletionReply> {
  const model = await call.services.models.find(call.body.model ?? undefined, 'chat')
  return fromWhole(await readWhole(generate(call, model)), answerHead('chatcmpl-', model, call.services))
}

async function* streamed(call: Call): AsyncGenerator<ChatCompletionChunk> {
  const model = await call.services.models.find(call.body.model ?? undefined, 'chat')
  const head = answerHead('chatcmpl-', model, call.services)
  yield* toChunks(generate(call, model), head, call.body.stream_options?.include_usage ?? false)
}

async function* generate(call: Call, model: ModelEntry) {
  const request = toGeneration(call.body, model.defaults)
  using lease = await leaseFor('chat', model, call)
  yield* generateWith(lease.model, request, call)
}
