import { Type as t } from '@sinclair/typebox'
import { reviveError, ServerError } from '../../../core/errors.ts'
import type { ModelEntry } from '../../../core/model.ts'
import { fromWholes, toChunks, toGenerations } from '../../../protocol/openai/completions.ts'
import { CompletionChunk, CompletionReply, CompletionRequest } from '../../../protocol/openai/completions.wire.ts'
import { readWhole } from '../../../protocol/openai/whole-text.ts'
import { answerHead } from '../../answer-head.ts'
import { defineRoute, type RouteRequest } from '../../define-route.ts'
import { generateWith, leaseFor } from '../../leased-generation.ts'
import { completionExamples } from './create-completion.examples.ts'

type Call = RouteRequest<unknown, unknown, CompletionRequest>

export default defineRoute({
  method: 'POST',
  path: '/v1/completions',
  operationId: 'openai.createCompletion',
  summary: 'Continue a text',
  description: `Continues a text, or several, without a chat template, whole or as server-sent events.

Without \`max_tokens\` the server's configured limit holds, and without that the answer goes on up to the end of the
context, where OpenAI would stop after 16 tokens. Several prompts are answered one after the other on one slot, one choice
each. Streams carry the same comments and the same error event as those of chat completions.

Parameters that this version cannot honour are refused when they would change the answer: \`suffix\`, \`echo\`,
\`logprobs\`, \`logit_bias\`, \`frequency_penalty\`, \`presence_penalty\`, \`n\` and \`best_of\` other than 1. \`user\` and every
field that is not known here are let through and have no effect.`,
  params: t.Object({}),
  query: t.Object({}),
  body: CompletionRequest,
  reply: CompletionReply,
  event: CompletionChunk,
  examples: completionExamples,
  refusals: {
    model_not_found: { send: { model: 'absent', prompt: 'Once' } },
    model_not_installed: { send: { model: 'catalogued', prompt: 'Once' } },
    ability_missing: { send: { model: 'all-minilm-l6-v2', prompt: 'Once' } },
    unsupported_parameter: { send: { prompt: 'Once', echo: true } },
    context_length_exceeded: { send: { prompt: 'word '.repeat(300) } },
    queue_full: { send: { model: 'busy', prompt: 'Once' } },
    model_load_failed: { send: { model: 'broken', prompt: 'Once' } },
    model_does_not_fit: { send: { model: 'huge', prompt: 'Once' } },
    runtime_crashed: { send: { model: 'crashing', prompt: 'Once' } },
    generation_failed: { send: { model: 'failing', prompt: 'Once' } },
  },
  handle: (call) => (call.body.stream ? streamed(call) : whole(call)),
})

async function whole(call: Call): Promise<CompletionReply> {
  const model = await call.services.models.find(call.body.model ?? undefined, 'chat')
  const wholes = []
  for await (const events of generateEach(call, model)) wholes.push(await readWhole(events))
  return fromWholes(wholes, answerHead('cmpl-', model, call.services))
}

async function* streamed(call: Call): AsyncGenerator<CompletionChunk> {
  const model = await call.services.models.find(call.body.model ?? undefined, 'chat')
  const head = answerHead('cmpl-', model, call.services)
  yield* toChunks(generateEach(call, model), head, call.body.stream_options?.include_usage ?? false)
}

async function* generateEach(call: Call, model: ModelEntry) {
  const requests = toGenerations(call.body, model.defaults)
  using lease = await leaseFor('chat', model, call)
  for (const [index, request] of requests.entries()) {
    const events = generateWith(lease.model, request, call)
    yield requests.length > 1 ? named(events, `prompt[${index}]`) : events
  }
}

/** Of several prompts an error says which one it is about; the model that raises it knows of one only. */
async function* named<Event>(events: AsyncIterable<Event>, param: string): AsyncGenerator<Event> {
  try {
    yield* events
  } catch (error) {
    if (!(error instanceof ServerError) || error.param !== 'prompt') throw error
    throw reviveError({ code: error.code, facts: { ...error.facts, param } })
  }
}
