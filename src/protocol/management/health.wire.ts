import { type Static, Type as t } from '@sinclair/typebox'

export const ModelHealth = t.Object({
  id: t.String(),
  state: t.Union([t.Literal('unloaded'), t.Literal('loading'), t.Literal('ready'), t.Literal('failed')]),
  progress: t.Optional(t.Number({ minimum: 0, maximum: 1, description: 'Of the weights, while the model loads.' })),
  problem: t.Optional(t.String({ description: 'Why the model cannot be used.' })),
})
export type ModelHealth = Static<typeof ModelHealth>

/** A model in memory, as Lemonade's clients read it. */
export const LoadedHealth = t.Object({
  model_name: t.String(),
  type: t.Union([t.Literal('llm'), t.Literal('embedding'), t.Literal('reranking')]),
  device: t.Union([t.Literal('cpu'), t.Literal('gpu')]),
  recipe: t.String(),
  recipe_options: t.Object({ ctx_size: t.Integer() }),
  pinned: t.Boolean(),
  is_busy: t.Boolean(),
  last_use: t.Number({ description: 'Seconds since 1970; now, while it is in use.' }),
})
export type LoadedHealth = Static<typeof LoadedHealth>

export const Health = t.Object({
  status: t.Literal('ok'),
  version: t.String(),
  uptime_seconds: t.Integer(),
  models: t.Optional(t.Array(ModelHealth)),
  model_loaded: t.Optional(
    t.Union([t.String(), t.Null()], { description: 'The model in memory that was used last. At /v1/health only.' }),
  ),
  all_models_loaded: t.Optional(
    t.Array(LoadedHealth, { description: 'The models in memory, the last used first. At /v1/health only.' }),
  ),
})
export type Health = Static<typeof Health>
