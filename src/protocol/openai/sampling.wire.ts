import { Type as t } from '@sinclair/typebox'
import { optional } from './optional.wire.ts'

const TokenLimit = t.Union([t.Integer({ minimum: 1 }), t.Literal(-1)], {
  expected: 'an integer of at least 1, or -1 for no limit',
})

/** How many tokens a request may be answered with: absent, null or -1 leave it to the server's settings. */
export const tokenLimit = (description: string) => optional(t.Union(TokenLimit.anyOf, { ...TokenLimit, description }))

/** What chat and text completions have in common. */
export const samplingFields = {
  model: optional(t.String({ description: 'An id or alias from GET /v1/models. Absent: the default chat model.' })),
  max_tokens: tokenLimit('Most tokens to answer with. Absent: as configured, else up to the end of the context.'),
  temperature: optional(t.Number({ minimum: 0, maximum: 2, description: '0 always takes the likeliest token.' })),
  top_p: optional(t.Number({ minimum: 0, maximum: 1, description: 'Nucleus sampling; 0 keeps only the likeliest.' })),
  top_k: optional(t.Integer({ minimum: 0, description: 'Candidates kept; 0 keeps all.' })),
  min_p: optional(t.Number({ minimum: 0, maximum: 1, description: 'Least share of the likeliest token’s chance.' })),
  seed: optional(t.Integer({ description: 'Same seed, same request, same text. -1 or absent: chosen anew.' })),
  stop: optional(
    t.Union([t.String({ minLength: 1 }), t.Array(t.String({ minLength: 1 }), { maxItems: 16 })], {
      description: 'Texts that end the answer and are not part of it.',
      expected: 'a non-empty string, or a list of up to 16 of them',
    }),
  ),
  stream: optional(t.Boolean({ description: 'Answer with server-sent events, the last of them `[DONE]`.' })),
  stream_options: optional(
    t.Object({ include_usage: optional(t.Boolean({ description: 'Send the counts in a chunk of their own.' })) }),
  ),
}
