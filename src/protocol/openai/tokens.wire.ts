import { type Static, Type as t } from '@sinclair/typebox'
import { promptFields } from './chat-completions.wire.ts'
import { optional } from './optional.wire.ts'

/** Characters that one request may have read. */
const mostCharacters = 500_000
const { messages, ...furtherPromptFields } = promptFields
const Model = optional(t.String({ description: 'An id or alias from GET /v1/models. Absent: the default chat model.' }))

export const TokenizeRequest = t.Object(
  {
    model: Model,
    content: optional(
      t.String({ maxLength: mostCharacters, expected: `a string of up to ${mostCharacters} characters` }),
    ),
    prompt: optional(
      t.String({
        maxLength: mostCharacters,
        expected: `a string of up to ${mostCharacters} characters`,
        description: 'The same as `content`, in vLLM’s spelling, with special tokens added unless said otherwise.',
      }),
    ),
    messages: optional(messages),
    ...furtherPromptFields,
    add_special: optional(t.Boolean({ description: 'Add what the model expects at the beginning and the end.' })),
    add_special_tokens: optional(t.Boolean({ description: 'Another name of add_special.' })),
    parse_special: optional(t.Boolean({ description: 'Read the names of special tokens as those. Default: yes.' })),
    with_pieces: optional(t.Boolean({ description: 'Give each token with its text, as llama-server does.' })),
    return_token_strs: optional(t.Boolean({ description: 'Give the texts of the tokens beside them, as vLLM does.' })),
  },
  {
    additionalProperties: false,
    description: 'One of `content`, `prompt` and `messages`.',
  },
)
export type TokenizeRequest = Static<typeof TokenizeRequest>

export const TokenizeReply = t.Object({
  model: t.String(),
  tokens: t.Array(
    t.Union([
      t.Integer(),
      t.Object({
        id: t.Integer(),
        piece: t.Union([t.String(), t.Array(t.Integer())], { description: 'Bytes, where they are no text.' }),
      }),
    ]),
  ),
  count: t.Integer(),
  max_model_len: t.Integer({ description: 'Tokens that one request may fill.' }),
  token_strs: t.Optional(t.Array(t.String())),
})
export type TokenizeReply = Static<typeof TokenizeReply>

export const DetokenizeRequest = t.Object(
  {
    model: Model,
    tokens: t.Array(t.Integer({ minimum: 0, expected: 'a token id' }), { maxItems: 262_144 }),
  },
  { additionalProperties: false },
)

export const DetokenizeReply = t.Object({
  model: t.String(),
  content: t.String(),
  prompt: t.String({ description: 'The same, in vLLM’s spelling.' }),
})

export const RenderReply = t.Object({
  object: t.Literal('chat.completion.render'),
  model: t.String(),
  prompt: t.String({ description: 'What the model’s chat template makes of the conversation.' }),
  tokens: t.Array(t.Integer()),
  count: t.Integer(),
  max_model_len: t.Integer({ description: 'Tokens that one request may fill.' }),
})

export const InputTokensReply = t.Object({
  object: t.Literal('response.input_tokens'),
  input_tokens: t.Integer({ description: 'Tokens of the prompt, before anything is generated.' }),
})
