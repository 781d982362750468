import { type TOptional, type TUnknown, Type as t } from '@sinclair/typebox'
import { ServerError } from '../../core/errors.ts'

/** A parameter that is refused unless its value changes nothing. */
interface Refusal {
  readonly why: string
  readonly changesNothing: (value: unknown) => boolean
}

const unless =
  (...harmless: readonly unknown[]) =>
  (why: string): Refusal => ({ why, changesNothing: (value) => harmless.includes(value) })
const unlessEmpty = (why: string): Refusal => ({
  why,
  changesNothing: (value) => value === '' || (typeof value === 'object' && Object.keys(value ?? {}).length === 0),
})
const always = (why: string): Refusal => ({ why, changesNothing: () => false })
const off = unless(false)
const zero = unless(0)
const one = unless(1)

/** Parameters of both kinds of completion that other servers have and this one cannot honour. */
const refusedInBoth = {
  typical_p: one('there is no typical sampling here'),
  typ_p: one('there is no typical sampling here'),
  top_n_sigma: unless(0, -1)('there is no top-n-sigma sampling here'),
  tfs_z: one('there is no tail-free sampling here'),
  mirostat: zero('there is no Mirostat here'),
  dynatemp_range: zero('there is no dynamic temperature here'),
  samplers: unlessEmpty('the order of the samplers is fixed'),
  min_tokens: zero('an answer ends where the model ends it'),
  min_keep: zero('the samplers keep one candidate at least, and no more'),
  ignore_eos: off('an answer ends where the model ends it'),
  stop_token_ids: unlessEmpty('send texts as stop'),
  bad_words: unlessEmpty('ban tokens with logit_bias'),
  allowed_token_ids: unlessEmpty('ban tokens with logit_bias'),
  use_beam_search: off('there is no beam search here'),
  length_penalty: one('there is no beam search here'),
  include_stop_str_in_output: off('a stop text is never part of the answer'),
  skip_special_tokens: unless(true)('control tokens are never part of the answer'),
  guided_whitespace_pattern: always('the model chooses the white space of JSON'),
  n_probs: zero('ask for logprobs'),
  prompt_logprobs: zero('POST /v1/completions tells them with echo and logprobs'),
  post_sampling_probs: off('chances are those of the model, before any sampling'),
  return_tokens: off('POST /v1/tokenize tells tokens'),
  return_token_ids: off('POST /v1/tokenize tells tokens'),
  return_tokens_as_token_ids: off('POST /v1/tokenize tells tokens'),
  min_length: zero('an answer ends where the model ends it'),
  logits_processors: unlessEmpty('ban tokens with logit_bias'),
  truncate_prompt_tokens: always('a prompt is never cut'),
  t_max_predict_ms: zero('a generation has no time limit: close the connection to end it'),
  n_indent: zero('there is no minimum indentation here'),
  lora: unlessEmpty('there are no adapters here'),
  response_fields: unlessEmpty('an answer is always whole'),
  extra_body: unlessEmpty('what clients put into extra_body belongs beside the other parameters'),
} as const

/** Parameters of chat completions that this server cannot honour. */
export const refusedInChat = {
  ...refusedInBoth,
  audio: always('no model here speaks'),
  web_search_options: always('this server does not search the web'),
  moderation: always('this server does not moderate'),
  best_of: one('ask for n, and choose'),
  echo: off('a message is never said again'),
  add_special_tokens: off('the template of the model writes them'),
  mm_processor_kwargs: unlessEmpty('no model here reads anything but text'),
  chat_template: always('prompts are made with the template of the model'),
  documents: unlessEmpty('send documents as part of a message'),
  plugins: unlessEmpty('there are no plugins here'),
  transforms: unlessEmpty('prompts are never changed or cut'),
  models: unlessEmpty('one request is answered by one model: send its name as model'),
} as const

/** Parameters of text completions that this server cannot honour. */
export const refusedInCompletions = {
  ...refusedInBoth,
  response_format: always('it belongs to chat completions: send json_schema or grammar'),
} as const

const ofThePromptCache = 'what was read before is always looked for in memory, and never changes an answer'

/** Parameters of both kinds of completion that are accepted and change nothing. */
const idleInBoth = {
  cache_prompt: ofThePromptCache,
  n_cache_reuse: ofThePromptCache,
  cache_salt: ofThePromptCache,
  id_slot: 'the server chooses the slot',
  n_keep: 'a context is never shifted',
  n_discard: 'a context is never shifted',
  dynatemp_exponent: 'there is no dynamic temperature here',
  mirostat_tau: 'there is no Mirostat here',
  mirostat_eta: 'there is no Mirostat here',
  guided_decoding_backend: 'this server holds formats by itself',
  timings_per_token: 'timings come with the end of an answer',
  return_progress: 'streams tell the progress in comments',
  sse_ping_interval: 'config.yaml says how often a silent stream tells what it waits for',
  priority: 'first come, first served',
  spaces_between_special_tokens: 'control tokens are never part of the answer',
  provider: 'there is one provider here',
  route: 'there is one provider here',
  usage: 'stream_options says whether a stream ends with its counts; other answers always do',
  id: 'answers get names of their own',
  request_id: 'send the header x-request-id',
  chat_id: 'conversations are not kept',
  session_id: 'conversations are not kept',
} as const

/** Parameters of chat completions that are accepted and change nothing, with the reason why. */
export const idleInChat = {
  ...idleInBoth,
  prediction: 'a draft model guesses ahead where one is configured',
  verbosity: 'no model here knows it; say it in a message',
  prompt_cache_key: ofThePromptCache,
  prompt_cache_options: ofThePromptCache,
  prompt_cache_retention: ofThePromptCache,
  safety_identifier: 'nobody is told who asks',
} as const

/** Parameters of text completions that are accepted and change nothing, with the reason why. */
export const idleInCompletions = idleInBoth

/**
 * Schemas for parameters of these names, of any value, beside those that an endpoint reads. They have no part in the
 * type of a request, since nothing reads them.
 */
export function toleratedFields(
  ...tables: readonly Readonly<Record<string, Refusal | string>>[]
): Record<never, never> {
  const fields: Record<string, TOptional<TUnknown>> = {}
  for (const table of tables)
    for (const [name, row] of Object.entries(table)) {
      const description = typeof row === 'string' ? `No effect: ${row}.` : `Not supported: ${row.why}.`
      fields[name] = t.Optional(t.Unknown({ description }))
    }
  return fields
}

/**
 * Throws `unsupported_parameter` for the first field that is in the table with a value that would change the
 * answer: ignoring it in silence would give a wrong answer. Absent and `null` are fine.
 */
export function refuseUnsupported(fields: object, table: Readonly<Record<string, Refusal>>): void {
  // A request has a few fields, and the table has many rows.
  for (const name of Object.keys(fields)) {
    const row = Object.hasOwn(table, name) ? table[name] : undefined
    const value: unknown = fields[name as keyof typeof fields]
    if (!row || value === undefined || value === null || row.changesNothing(value)) continue
    throw new ServerError('unsupported_parameter', { param: name, problem: row.why })
  }
}

/** The names of a table, for a description in Markdown. */
export const listNames = (table: Readonly<Record<string, unknown>>): string =>
  Object.keys(table)
    .map((name) => `\`${name}\``)
    .join(', ')
