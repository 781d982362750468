import { type Static, Type as t } from '@sinclair/typebox'
import { Message } from './chat-messages.wire.ts'
import { toolFields } from './chat-tools.wire.ts'
import { idleInChat, refusedInChat, toleratedFields } from './extensions.ts'
import { optional } from './optional.wire.ts'
import { ResponseFormat } from './output-format.wire.ts'
import { reasoningFields } from './reasoning.wire.ts'
import { choiceFields, generationFields, OllamaOptions, samplerFields, tokenLimit } from './sampling.wire.ts'

const ServiceTier = t.Union(
  ['auto', 'default', 'flex', 'scale', 'priority', 'fast'].map((tier) => t.Literal(tier)),
  { description: 'There is one tier here: whatever is asked for, the answer says `default`.' },
)

const Metadata = t.Record(t.String(), t.String({ maxLength: 512 }), {
  maxProperties: 16,
  description: 'Up to 16 names of up to 64 characters, with texts of up to 512. Given back with an answer; not kept.',
})

/** What a prompt is made of. */
export const promptFields = {
  messages: t.Array(Message, { minItems: 1, expected: 'a list of at least one message' }),
  ...toolFields,
  response_format: optional(ResponseFormat),
  ...reasoningFields,
  chat_template_kwargs: optional(
    t.Object({}, { additionalProperties: true, description: 'Further variables for the model’s chat template.' }),
  ),
  add_generation_prompt: optional(
    t.Boolean({ description: 'true: a new turn begins, even behind a last message of the assistant.' }),
  ),
  continue_final_message: optional(
    t.Boolean({ description: 'Whether a last message of the assistant is continued. Default: it is.' }),
  ),
}

export const ChatCompletionRequest = t.Object(
  {
    ...promptFields,
    ...generationFields,
    ...choiceFields,
    ...samplerFields,
    max_tokens: tokenLimit('Most tokens to answer with. Absent: as configured, else up to the end of the context.'),
    max_completion_tokens: tokenLimit('The same as max_tokens, and goes before it.'),
    logprobs: optional(t.Boolean({ description: 'Tell the chance of each token of the answer’s text.' })),
    top_logprobs: optional(
      t.Integer({ minimum: 0, maximum: 20, description: 'With logprobs: and those of so many of the likeliest ones.' }),
    ),
    modalities: optional(
      t.Array(t.Literal('text'), { minItems: 1, expected: "['text'] (no model here speaks or draws)" }),
    ),
    metadata: optional(Metadata),
    store: optional(t.Boolean({ description: 'No effect: nothing of a chat completion is kept.' })),
    service_tier: optional(ServiceTier),
    options: optional(OllamaOptions),
    ...toleratedFields(refusedInChat, idleInChat),
  },
  { additionalProperties: false },
)
export type ChatCompletionRequest = Static<typeof ChatCompletionRequest>
