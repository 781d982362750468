import { type Static, Type as t } from '@sinclair/typebox'

export const Model = t.Object({
  id: t.String(),
  object: t.Literal('model'),
  created: t.Integer({ description: 'When the file was last written, in seconds since 1970.' }),
  owned_by: t.String(),
  aliases: t.Array(t.String(), { description: 'Other names that requests may use.' }),
  kind: t.Union([t.Literal('chat'), t.Literal('embedding'), t.Literal('reranker')], {
    description: 'What the model can do.',
  }),
  default: t.Boolean({ description: 'Whether requests of its kind that name no model get this one.' }),
  state: t.Union([t.Literal('unloaded'), t.Literal('loading'), t.Literal('ready'), t.Literal('failed')], {
    description: 'A model that is not loaded is loaded by its first request.',
  }),
  context_length: t.Optional(
    t.Integer({ description: 'Tokens that one request may fill: as loaded, else as the model was trained.' }),
  ),
  context_length_trained: t.Optional(t.Integer()),
  quantization: t.Optional(t.String()),
  size_bytes: t.Integer(),
  slots: t.Optional(
    t.Integer({ description: 'Requests that it answers at once. This and what follows: once loaded.' }),
  ),
  device: t.Optional(t.String({ description: 'What it computes on: `cpu`, `cuda`, `vulkan`, `metal`.' })),
  gpu_layers: t.Optional(t.Integer()),
  draft: t.Optional(
    t.Object(
      {
        state: t.Union([t.Literal('ready'), t.Literal('resting'), t.Literal('failed')], {
          description:
            '`ready`: it guesses where that pays; `resting`: it has not paid lately; `failed`: it is left out.',
        }),
        problem: t.Optional(t.String({ description: 'Why the draft model is left out.' })),
      },
      { description: 'Where a draft model was asked for: whether it guesses ahead (speculative decoding).' },
    ),
  ),
})
export type Model = Static<typeof Model>

export const ModelList = t.Object({ object: t.Literal('list'), data: t.Array(Model) })
export type ModelList = Static<typeof ModelList>
