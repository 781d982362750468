import { type Static, Type as t } from '@sinclair/typebox'
import { cacheTypes } from '../../core/model.ts'
import { keepAliveFields } from '../openai/keep-alive.wire.ts'
import { optional } from '../openai/optional.wire.ts'
import { Estimate } from './memory.wire.ts'
import { modelName } from './model-name.wire.ts'

const countOrAuto = (description: string, maximum?: number) =>
  optional(
    t.Union([t.Integer({ minimum: 1, ...(maximum !== undefined && { maximum }) }), t.Literal('auto')], {
      description: `${description} \`auto\`: chosen by the memory and the model.`,
      expected: `an integer of at least 1${maximum === undefined ? '' : ` and at most ${maximum}`}, or 'auto'`,
    }),
  )
const cacheType = (what: string) =>
  optional(
    t.Union(
      cacheTypes.map((type) => t.Literal(type)),
      { description: `How the ${what} of the cache are stored, in ggml’s names. Default: \`f16\`.` },
    ),
  )

/** How a model is to be loaded; what is absent is as it is configured. */
export const loadOptions = {
  n_ctx: countOrAuto('Tokens that one request may fill, prompt and answer together.'),
  ctx_size: optional(t.Integer({ minimum: -1, description: 'The same as n_ctx, in Lemonade’s spelling; -1: `auto`.' })),
  slots: countOrAuto('Requests at once.', 256),
  n_gpu_layers: optional(t.Integer({ minimum: -1, description: 'Layers on the GPU. -1: all that fit. 0: none.' })),
  threads: countOrAuto('Threads that it computes with.'),
  draft_model: optional(
    t.String({
      minLength: 1,
      description:
        'A small model with the same vocabulary that guesses ahead: the name of a model or of a file in the models folders, or a path that the configuration names. `none`: no draft model.',
    }),
  ),
  draft_n_ctx: countOrAuto('Tokens of the draft model’s context.'),
  lora: optional(
    t.Array(
      t.Object(
        {
          name: t.String({
            minLength: 1,
            maxLength: 1000,
            expected: 'the name of a file, of 1 to 1000 characters',
            description: 'A GGUF file in a models folder, or a path that is configured.',
          }),
          scale: optional(t.Number({ minimum: -100, maximum: 100, description: '1: as it was trained, the default.' })),
        },
        { additionalProperties: false },
      ),
      { maxItems: 16, description: 'LoRA adapters that are applied; an empty list: none.' },
    ),
  ),
  cache_type_k: cacheType('keys'),
  cache_type_v: cacheType('values'),
  prompt_lookup: optional(
    t.Boolean({ description: 'Whether it guesses ahead by what stands in the text already, where that pays.' }),
  ),
}
export const LoadOptionFields = t.Object(loadOptions, { additionalProperties: false })
export type LoadOptionFields = Static<typeof LoadOptionFields>

const lemonadeFields = {
  save_options: optional(
    t.Boolean({ description: 'Lemonade’s; options hold until the server ends, whatever it says.' }),
  ),
  merge_args: optional(t.Boolean({ description: 'Lemonade’s; changes nothing.' })),
  llamacpp_backend: optional(t.String({ description: 'Lemonade’s; `notes` says so where another one is used.' })),
  llamacpp_args: optional(t.String({ description: 'Lemonade’s; refused unless it is empty.' })),
}

export const LoadModelRequest = t.Object(
  {
    ...modelName,
    ...loadOptions,
    pinned: optional(t.Boolean({ description: 'Whether it stays whoever else wants its memory.' })),
    ...keepAliveFields,
    ...lemonadeFields,
    stream: optional(t.Boolean({ description: 'Tells the progress as server-sent events.' })),
  },
  { additionalProperties: false },
)
export type LoadModelRequest = Static<typeof LoadModelRequest>

const reply = {
  status: t.Literal('success'),
  message: t.String({ description: 'What was done, a sentence.' }),
  model: t.String({ description: 'Its id.' }),
  outcome: t.Union([t.Literal('loaded'), t.Literal('reloaded'), t.Literal('unchanged')], {
    description: '`reloaded`: it was in memory with other options. `unchanged`: it was there just so.',
  }),
  changed: t.Array(t.String(), { description: 'Options that differ from those it was loaded with before.' }),
  evicted: t.Array(t.String(), { description: 'Models that left to make room.' }),
  seconds: t.Number({ description: 'Of the load; 0 where there was none.' }),
  n_ctx: t.Integer(),
  slots: t.Integer(),
  threads: t.Integer(),
  n_gpu_layers: t.Integer(),
  device: t.String({ description: 'What it computes on: `cpu`, `cuda`, `vulkan`, `metal`.' }),
  notes: t.Array(t.String(), { description: 'What was chosen and why, where it is not what was asked for.' }),
  estimate: t.Optional(Estimate),
  measured_main_bytes: t.Optional(t.Integer({ description: 'Main memory that it takes now.' })),
}
export const LoadModelReply = t.Object(reply)
export type LoadModelReply = Static<typeof LoadModelReply>

export const LoadModelEvent = t.Union([
  t.Object({
    type: t.Literal('progress'),
    model: t.String(),
    progress: t.Number({ minimum: 0, maximum: 1, description: 'Of the weights.' }),
  }),
  t.Object({ type: t.Literal('complete'), ...reply }),
])
export type LoadModelEvent = Static<typeof LoadModelEvent>
