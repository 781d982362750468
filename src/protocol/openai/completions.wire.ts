import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from './optional.wire.ts'
import { samplingFields } from './sampling.wire.ts'
import { FinishReason, Timings, Usage } from './usage.wire.ts'

const TokenId = t.Integer({ minimum: 0, expected: 'a token id' })

export const CompletionRequest = t.Object({
  prompt: t.Union(
    [
      t.String(),
      t.Array(t.String(), { minItems: 1, maxItems: 128 }),
      t.Array(TokenId, { minItems: 1 }),
      t.Array(t.Array(TokenId, { minItems: 1 }), { minItems: 1, maxItems: 128 }),
    ],
    {
      description: 'A text or token ids, or a list of up to 128 of either: one choice each.',
      expected: 'a string, a list of token ids, or a list of up to 128 of either',
    },
  ),
  ...samplingFields,
  n: optional(t.Integer({ minimum: 1, maximum: 128, description: 'Only 1 in this version.' })),
})
export type CompletionRequest = Static<typeof CompletionRequest>

const head = {
  id: t.String(),
  object: t.Literal('text_completion'),
  created: t.Integer({ description: 'Seconds since 1970.' }),
  model: t.String({ description: 'The id of the model that answered.' }),
  system_fingerprint: t.String(),
}

export const CompletionReply = t.Object({
  ...head,
  choices: t.Array(
    t.Object({ index: t.Integer(), text: t.String(), logprobs: t.Null(), finish_reason: FinishReason }),
    { description: 'One for each prompt, in their order.' },
  ),
  usage: Usage,
  timings: Timings,
})
export type CompletionReply = Static<typeof CompletionReply>

export const CompletionChunk = t.Object({
  ...head,
  choices: t.Array(
    t.Object({
      index: t.Integer(),
      text: t.String(),
      logprobs: t.Null(),
      finish_reason: t.Union([FinishReason, t.Null()]),
    }),
    { description: 'Empty in the chunk that carries the usage.' },
  ),
  usage: t.Optional(t.Union([Usage, t.Null()])),
  timings: t.Optional(Timings),
})
export type CompletionChunk = Static<typeof CompletionChunk>
