import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from './optional.wire.ts'
import { samplingFields, tokenLimit } from './sampling.wire.ts'
import { FinishReason, Timings, Usage } from './usage.wire.ts'

const TextPart = t.Object({
  type: t.Literal('text', { expected: "'text' (this version reads no images, audio or files)" }),
  text: t.String(),
})

const Message = t.Object({
  role: t.Union([
    t.Literal('system'),
    t.Literal('developer'),
    t.Literal('user'),
    t.Literal('assistant'),
    t.Literal('tool'),
  ]),
  content: optional(
    t.Union([t.String(), t.Array(TextPart)], {
      description: 'Text, or parts of it, which are joined. Only an assistant message may have none.',
      expected: 'a string or a list of text parts',
    }),
  ),
  name: optional(t.String()),
})

export const ChatCompletionRequest = t.Object({
  messages: t.Array(Message, { minItems: 1, expected: 'a list of at least one message' }),
  ...samplingFields,
  max_completion_tokens: tokenLimit('The same as max_tokens, and goes before it.'),
  n: optional(t.Integer({ minimum: 1, maximum: 128, description: 'Only 1 in this version.' })),
})
export type ChatCompletionRequest = Static<typeof ChatCompletionRequest>

export const ChatCompletionReply = t.Object({
  id: t.String(),
  object: t.Literal('chat.completion'),
  created: t.Integer({ description: 'Seconds since 1970.' }),
  model: t.String({ description: 'The id of the model that answered.' }),
  system_fingerprint: t.String(),
  choices: t.Array(
    t.Object({
      index: t.Integer(),
      message: t.Object({ role: t.Literal('assistant'), content: t.String(), refusal: t.Null() }),
      logprobs: t.Null(),
      finish_reason: FinishReason,
    }),
  ),
  usage: Usage,
  timings: Timings,
})
export type ChatCompletionReply = Static<typeof ChatCompletionReply>

export const ChatCompletionChunk = t.Object({
  id: t.String(),
  object: t.Literal('chat.completion.chunk'),
  created: t.Integer(),
  model: t.String(),
  system_fingerprint: t.String(),
  choices: t.Array(
    t.Object({
      index: t.Integer(),
      delta: t.Object({
        role: t.Optional(t.Literal('assistant')),
        content: t.Optional(t.String()),
        refusal: t.Optional(t.Null()),
      }),
      logprobs: t.Null(),
      finish_reason: t.Union([FinishReason, t.Null()]),
    }),
    { description: 'Empty in the chunk that carries the usage.' },
  ),
  usage: t.Optional(t.Union([Usage, t.Null()])),
  timings: t.Optional(Timings),
})
export type ChatCompletionChunk = Static<typeof ChatCompletionChunk>
