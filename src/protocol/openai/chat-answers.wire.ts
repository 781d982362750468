import { type Static, Type as t } from '@sinclair/typebox'
import { Timings, Usage } from './usage.wire.ts'

const FinishReason = t.Union(
  [t.Literal('stop'), t.Literal('length'), t.Literal('tool_calls'), t.Literal('function_call')],
  {
    description:
      'stop: the model ended its turn or wrote a stop text. length: a limit was reached. tool_calls: it calls functions; function_call: the same in the old form.',
  },
)

const Chance = t.Object({
  token: t.String(),
  logprob: t.Number({ description: 'Natural logarithm, of the model’s own distribution; at least -9999.' }),
  bytes: t.Array(t.Integer(), { description: 'UTF-8.' }),
})
const Logprobs = t.Object({
  content: t.Array(t.Composite([Chance, t.Object({ top_logprobs: t.Array(Chance) })])),
  refusal: t.Null(),
})
export type ChatLogprobs = Static<typeof Logprobs>

const Call = t.Object({
  id: t.String(),
  type: t.Literal('function'),
  function: t.Object({ name: t.String(), arguments: t.String({ description: 'JSON text of an object.' }) }),
})

const head = {
  id: t.String(),
  created: t.Integer({ description: 'Seconds since 1970.' }),
  model: t.String({ description: 'The id of the model that answered.' }),
  system_fingerprint: t.String(),
  service_tier: t.Optional(t.Literal('default', { description: 'Where the request names a tier.' })),
}

export const ChatCompletionReply = t.Object({
  ...head,
  object: t.Literal('chat.completion'),
  metadata: t.Optional(t.Record(t.String(), t.String())),
  choices: t.Array(
    t.Object({
      index: t.Integer(),
      message: t.Object({
        role: t.Literal('assistant'),
        content: t.Union([t.String(), t.Null()], { description: 'null when there are calls and no text.' }),
        refusal: t.Null(),
        reasoning_content: t.Optional(t.String({ description: 'What the model thought before it answered.' })),
        tool_calls: t.Optional(t.Array(Call)),
        function_call: t.Optional(t.Object({ name: t.String(), arguments: t.String() })),
      }),
      logprobs: t.Union([Logprobs, t.Null()]),
      finish_reason: FinishReason,
    }),
  ),
  usage: Usage,
  timings: Timings,
})
export type ChatCompletionReply = Static<typeof ChatCompletionReply>

const Delta = t.Object({
  role: t.Optional(t.Literal('assistant')),
  content: t.Optional(t.Union([t.String(), t.Null()])),
  refusal: t.Optional(t.Null()),
  reasoning_content: t.Optional(t.String()),
  tool_calls: t.Optional(
    t.Array(
      t.Object({
        index: t.Integer(),
        id: t.Optional(t.String()),
        type: t.Optional(t.Literal('function')),
        function: t.Object({ name: t.Optional(t.String()), arguments: t.String() }),
      }),
      { description: 'The first of a call has its id and name, the others the next pieces of its arguments.' },
    ),
  ),
  function_call: t.Optional(t.Object({ name: t.Optional(t.String()), arguments: t.String() })),
})

export const ChatCompletionChunk = t.Object({
  ...head,
  object: t.Literal('chat.completion.chunk'),
  choices: t.Array(
    t.Object({
      index: t.Integer(),
      delta: Delta,
      logprobs: t.Union([Logprobs, t.Null()]),
      finish_reason: t.Union([FinishReason, t.Null()]),
    }),
    { description: 'Empty in the chunk that carries the usage.' },
  ),
  usage: t.Optional(t.Union([Usage, t.Null()])),
  timings: t.Optional(Timings),
})
export type ChatCompletionChunk = Static<typeof ChatCompletionChunk>
