import { type Static, Type as t } from '@sinclair/typebox'
import { keepAliveFields } from './keep-alive.wire.ts'
import { optional } from './optional.wire.ts'

const Text = t.String({ minLength: 1 })
const TokenId = t.Integer({ minimum: 0, expected: 'a token id' })
const most = 2048

export const EmbeddingRequest = t.Object(
  {
    input: t.Union(
      [
        Text,
        t.Array(Text, { minItems: 1, maxItems: most }),
        t.Array(TokenId, { minItems: 1 }),
        t.Array(t.Array(TokenId, { minItems: 1 }), { minItems: 1, maxItems: most }),
      ],
      {
        description: `A text or token ids, or a list of up to ${most} of either.`,
        expected: `a non-empty string, a list of token ids, or a list of up to ${most} of either`,
      },
    ),
    model: optional(
      t.String({ description: 'An id or alias from GET /v1/models. Absent: the default embedding model.' }),
    ),
    encoding_format: optional(
      t.Union([t.Literal('float'), t.Literal('base64')], { description: 'base64: little-endian 32-bit floats.' }),
    ),
    dimensions: optional(
      t.Integer({ minimum: 1, description: 'Keep only the first numbers, scaled to length 1 again.' }),
    ),
    truncate: optional(
      t.Union([t.Boolean(), t.Literal('END'), t.Literal('NONE')], {
        description: 'true or `END`: inputs that do not fit are cut at their end, instead of being refused.',
        expected: "true, false, 'END' or 'NONE'",
      }),
    ),
    truncate_prompt_tokens: optional(
      t.Integer({
        minimum: -1,
        description: 'In vLLM’s spelling: inputs are cut at their end to so many tokens; -1: to as many as fit.',
      }),
    ),
    user: optional(t.String({ description: 'No effect.' })),
    priority: t.Optional(t.Unknown({ description: 'No effect: first come, first served.' })),
    ...keepAliveFields,
  },
  { additionalProperties: false },
)
export type EmbeddingRequest = Static<typeof EmbeddingRequest>

export const EmbeddingReply = t.Object({
  object: t.Literal('list'),
  data: t.Array(
    t.Object({
      object: t.Literal('embedding'),
      index: t.Integer(),
      embedding: t.Union([t.Array(t.Number()), t.String()], { description: 'Of length 1 (L2).' }),
    }),
    { description: 'One for each input, in their order.' },
  ),
  model: t.String({ description: 'The id of the model that answered.' }),
  usage: t.Object({ prompt_tokens: t.Integer(), total_tokens: t.Integer() }),
})
export type EmbeddingReply = Static<typeof EmbeddingReply>
