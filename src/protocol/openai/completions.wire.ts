import { type Static, Type as t } from '@sinclair/typebox'
import { idleInCompletions, refusedInCompletions, toleratedFields } from './extensions.ts'
import { optional } from './optional.wire.ts'
import { choiceFields, generationFields, OllamaOptions, samplerFields, tokenLimit } from './sampling.wire.ts'
import { Timings, Usage } from './usage.wire.ts'

const TokenId = t.Integer({ minimum: 0, expected: 'a token id' })

export const CompletionRequest = t.Object(
  {
    prompt: t.Union(
      [
        t.String(),
        t.Array(t.String(), { minItems: 1, maxItems: 128 }),
        t.Array(TokenId, { minItems: 1 }),
        t.Array(t.Array(TokenId, { minItems: 1 }), { minItems: 1, maxItems: 128 }),
      ],
      {
        description: 'A text or token ids, or a list of up to 128 of either: `n` choices each.',
        expected: 'a string, a list of token ids, or a list of up to 128 of either',
      },
    ),
    ...generationFields,
    ...choiceFields,
    ...samplerFields,
    max_tokens: optional(
      t.Union([t.Integer({ minimum: 0 }), t.Literal(-1)], {
        description: 'Most tokens to answer with. Absent: as configured, else up to the end of the context.',
        expected: 'an integer of at least 0, or -1 for no limit',
      }),
    ),
    max_completion_tokens: tokenLimit('The same as max_tokens, and goes before it.'),
    best_of: optional(
      t.Integer({
        minimum: 1,
        maximum: 128,
        description: 'Answers to make for each prompt, of which the `n` with the best mean logprob are given.',
      }),
    ),
    echo: optional(t.Boolean({ description: 'Give the prompt back, before its completion.' })),
    suffix: optional(t.String({ description: 'What follows: the model fills the gap, if it was trained for that.' })),
    logprobs: optional(
      t.Integer({
        minimum: 0,
        maximum: 5,
        description: 'Tell the chance of each token, and of so many likeliest ones.',
      }),
    ),
    options: optional(OllamaOptions),
    ...toleratedFields(refusedInCompletions, idleInCompletions),
  },
  { additionalProperties: false },
)
export type CompletionRequest = Static<typeof CompletionRequest>

const Logprobs = t.Object({
  tokens: t.Array(t.String()),
  token_logprobs: t.Array(t.Union([t.Number(), t.Null()]), { description: 'The first token of a prompt has none.' }),
  top_logprobs: t.Union([t.Array(t.Union([t.Record(t.String(), t.Number()), t.Null()])), t.Null()], {
    description: 'The likeliest tokens and the one that was taken; null where none were asked for.',
  }),
  text_offset: t.Array(t.Integer(), { description: 'Where each token begins in `text`, in characters.' }),
})
export type TextLogprobs = Static<typeof Logprobs>

const FinishReason = t.Union([t.Literal('stop'), t.Literal('length')], {
  description: 'stop: the model ended the text or wrote a stop text. length: a limit was reached.',
})

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
    t.Object({
      index: t.Integer(),
      text: t.String(),
      logprobs: t.Union([Logprobs, t.Null()]),
      finish_reason: FinishReason,
    }),
    { description: '`n` for each prompt, in the order of the prompts.' },
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
      logprobs: t.Union([Logprobs, t.Null()]),
      finish_reason: t.Union([FinishReason, t.Null()]),
    }),
    { description: 'Empty in the chunk that carries the usage.' },
  ),
  usage: t.Optional(t.Union([Usage, t.Null()])),
  timings: t.Optional(Timings),
})
export type CompletionChunk = Static<typeof CompletionChunk>
