import { type Static, Type as t } from '@sinclair/typebox'

const count = (description?: string) => t.Integer({ minimum: 0, ...(description !== undefined && { description }) })

export const Spread = t.Object(
  {
    count: count('Values that are looked at: the last 512 at most.'),
    mean: t.Number(),
    p50: t.Number(),
    p90: t.Number(),
    p99: t.Number(),
    max: t.Number(),
  },
  { description: 'How the last values are spread; 0 where there are none.' },
)

const tally = {
  requests: count('That asked for a model that there is.'),
  running: count('Of them: in slots, or using a model without one, now.'),
  waiting: count('Of them: for a slot or a load, now.'),
  completed: count('Of them: were answered.'),
  failed: count('Of them: were refused, or broke off.'),
  cancelled: count('Of them: their clients left, or somebody stopped them.'),
  generations: count('That have ended, also those that were cut short.'),
  input_tokens: count('Of the prompts of generations, the cached ones too.'),
  cached_tokens: count('Of the prompts, those that were in a slot or a cache already.'),
  output_tokens: count(),
  reasoning_tokens: count('Of the output, those that were thought and not said.'),
  forced_tokens: count('Of the output, those that a format left no choice about.'),
  drafted_tokens: count('Guessed ahead.'),
  accepted_tokens: count('Guessed ahead, and right.'),
  embedded_texts: count(),
  embedded_tokens: count(),
  ranked_texts: count(),
  ranked_tokens: count(),
  loads: count(),
  failed_loads: count(),
  crashes: count('Processes of models that died.'),
  evictions: count('Models that left because another one needed their memory.'),
  expiries: count('Models that left because nothing used them for long enough.'),
  unloads: count('Models that were unloaded, or loaded again with other options.'),
  errors: t.Record(t.String(), count(), { description: 'Refusals and failures, by their codes.' }),
  time_to_first_token_seconds: t.Composite([Spread], { description: 'From the request on, with queue and load.' }),
  tokens_per_second: t.Composite([Spread], { description: 'Of single generations, after their first token.' }),
  wait_seconds: t.Composite([Spread], { description: 'From the request to a slot.' }),
  load_seconds: Spread,
  throughput: t.Object(
    { input_tokens_per_second: t.Number(), output_tokens_per_second: t.Number(), text_tokens_per_second: t.Number() },
    {
      description:
        'Of all requests together over the last minute: prompt tokens that were really read, tokens that were generated, tokens of texts that were embedded or ranked. They count when a request ends.',
    },
  ),
}
export const Tally = t.Object(tally)
export type Tally = Static<typeof Tally>

export const LastGeneration = t.Object({
  model: t.String(),
  ended_at: t.Number({ description: 'Seconds since 1970.' }),
  finish_reason: t.String({ description: '`stop`, `length`, `tool-calls` or `aborted`.' }),
  input_tokens: count(),
  cached_tokens: count(),
  output_tokens: count(),
  reasoning_tokens: count(),
  forced_tokens: count(),
  drafted_tokens: count(),
  accepted_tokens: count(),
  wait_seconds: t.Number(),
  time_to_first_token_seconds: t.Number(),
  tokens_per_second: t.Optional(t.Number()),
})
export type LastGeneration = Static<typeof LastGeneration>

export const Stats = t.Object({
  since: t.Number({ description: 'Seconds since 1970: when the counting began.' }),
  total: Tally,
  models: t.Array(t.Composite([t.Object({ id: t.String() }), Tally])),
  last: t.Optional(LastGeneration),
  time_to_first_token: t.Optional(
    t.Number({ description: 'Seconds. This and what follows: of `last`, as Lemonade has it.' }),
  ),
  tokens_per_second: t.Optional(t.Number()),
  input_tokens: t.Optional(count()),
  output_tokens: t.Optional(count()),
  prompt_tokens: t.Optional(count()),
  cache_tokens: t.Optional(count()),
  request_count_total: count('This and what follows: of `total`, as Lemonade has it.'),
  input_tokens_total: count(),
  output_tokens_total: count(),
  prompt_tokens_total: count(),
  cache_tokens_total: count(),
})
export type Stats = Static<typeof Stats>
