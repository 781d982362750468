import { Type as t } from '@sinclair/typebox'
import { guidedFields } from './guided-format.wire.ts'
import { keepAliveFields } from './keep-alive.wire.ts'
import { optional } from './optional.wire.ts'

const TokenLimit = t.Union([t.Integer({ minimum: 1 }), t.Literal(-1)], {
  expected: 'an integer of at least 1, or -1 for no limit',
})

/** How many tokens a request may be answered with: absent, null or -1 leave it to the server's settings. */
export const tokenLimit = (description: string) => optional(t.Union(TokenLimit.anyOf, { ...TokenLimit, description }))

const unit = { minimum: 0, maximum: 1 } as const
const divisor = { exclusiveMinimum: 0, maximum: 10, expected: 'a number above 0 and up to 10' } as const
const penalty = { minimum: -2, maximum: 2 } as const

/** How tokens are chosen, in OpenAI's words and in those of servers for local models. */
export const choiceFields = {
  temperature: optional(t.Number({ minimum: 0, maximum: 2, description: '0 always takes the likeliest token.' })),
  top_p: optional(t.Number({ ...unit, description: 'Nucleus sampling; 0 keeps only the likeliest.' })),
  top_k: optional(t.Integer({ minimum: -1, description: 'Candidates kept; 0 and -1 keep all.' })),
  min_p: optional(t.Number({ ...unit, description: 'Least share of the likeliest token’s chance.' })),
  seed: optional(t.Integer({ description: 'Same seed, same request, same text. -1 or absent: chosen anew.' })),
  stop: optional(
    t.Union([t.String({ minLength: 1 }), t.Array(t.String({ minLength: 1 }), { maxItems: 16 })], {
      description: 'Texts that end the answer and are not part of it.',
      expected: 'a non-empty string, or a list of up to 16 of them',
    }),
  ),
  frequency_penalty: optional(
    t.Number({ ...penalty, description: 'Taken from a token’s logit for each time that the answer has it.' }),
  ),
  presence_penalty: optional(
    t.Number({ ...penalty, description: 'Taken from a token’s logit once the answer has it.' }),
  ),
  repeat_penalty: optional(t.Number({ ...divisor, description: 'Divides the logits of recent tokens. 1: none.' })),
  repeat_last_n: optional(
    t.Integer({ minimum: -1, description: 'Tokens that count as recent: 64 unless said; 0 none, -1 all.' }),
  ),
  num_ctx: optional(
    t.Integer({ minimum: 1, description: 'Tokens that prompt and answer may fill together. No more than was loaded.' }),
  ),
}

/** Further ways to choose tokens, in llama-server's spelling. */
export const samplerFields = {
  repetition_penalty: optional(t.Number({ ...divisor, description: 'Another name of repeat_penalty.' })),
  xtc_probability: optional(
    t.Number({ ...unit, description: 'How often XTC leaves out the likeliest tokens. 0: never.' }),
  ),
  xtc_threshold: optional(
    t.Number({ ...unit, description: 'Chance from which a token may be left out. Default 0.1.' }),
  ),
  dry_multiplier: optional(t.Number({ minimum: 0, description: 'Strength of DRY against repetitions. 0: none.' })),
  dry_base: optional(t.Number({ minimum: 1, description: 'Default 1.75.' })),
  dry_allowed_length: optional(
    t.Integer({ minimum: 0, description: 'Repetitions up to this length are free. Default 2.' }),
  ),
  dry_penalty_last_n: optional(
    t.Integer({ minimum: -1, description: 'Tokens that DRY looks at; 0 none, -1 all. Default -1.' }),
  ),
  dry_sequence_breakers: optional(
    t.Array(t.String({ minLength: 1 }), { maxItems: 64, description: 'Default: a new line, `:`, `"` and `*`.' }),
  ),
}

/** What chat and text completions have in common beside that. */
export const generationFields = {
  model: optional(t.String({ description: 'An id or alias from GET /v1/models. Absent: the default chat model.' })),
  n_predict: tokenLimit('llama-server’s name of max_tokens.'),
  n: optional(
    t.Integer({ minimum: 1, maximum: 128, description: 'Answers to give, as many at once as there are slots.' }),
  ),
  logit_bias: optional(
    t.Record(t.String(), t.Number({ minimum: -100, maximum: 100 }), {
      description: 'Token ids and what is added to their logits; -100 bans a token, 100 takes it before all others.',
    }),
  ),
  stream: optional(t.Boolean({ description: 'Answer with server-sent events, the last of them `[DONE]`.' })),
  stream_options: optional(
    t.Object(
      {
        include_usage: optional(t.Boolean({ description: 'Send the counts in a chunk of their own.' })),
        include_obfuscation: optional(t.Boolean({ description: 'No effect: nothing is ever padded here.' })),
      },
      { additionalProperties: false, description: 'Only with `stream`.' },
    ),
  ),
  grammar: optional(t.String({ description: 'A grammar in GBNF, from its rule `root`, which the answer is held to.' })),
  json_schema: optional(
    t.Object({}, { additionalProperties: true, description: 'A JSON Schema which the answer is held to.' }),
  ),
  ...guidedFields,
  ...keepAliveFields,
  user: optional(t.String({ description: 'No effect.' })),
}

/** Options of Ollama that are about how a model is loaded. They have no part in the type: nothing reads them. */
function idleOptions(): Record<never, never> {
  const names = ['num_keep', 'num_gpu', 'num_thread', 'num_batch', 'main_gpu', 'low_vram', 'use_mmap', 'use_mlock']
  const schema = t.Optional(t.Unknown({ description: 'No effect: config.yaml says how models are loaded.' }))
  return Object.fromEntries([...names, 'numa'].map((name) => [name, schema]))
}

/** Ollama's `options`, as far as they are about one request. */
export const OllamaOptions = t.Object(
  {
    ...choiceFields,
    num_predict: optional(t.Integer({ minimum: -2, description: 'Most tokens to answer with; -1 and -2: no limit.' })),
    ...idleOptions(),
  },
  { additionalProperties: false, description: 'Ollama’s way to send parameters; those beside it go before these.' },
)
