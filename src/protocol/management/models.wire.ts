import { type Static, Type as t } from '@sinclair/typebox'
import { Model } from '../openai/models.wire.ts'
import { Estimate } from './memory.wire.ts'

const kind = t.Union([t.Literal('chat'), t.Literal('embedding'), t.Literal('reranker')])

/** A model that is in memory or on its way there. */
export const LoadedModel = t.Object({
  id: t.String(),
  kind,
  state: t.Union([t.Literal('loading'), t.Literal('ready'), t.Literal('leaving')]),
  progress: t.Optional(t.Number({ minimum: 0, maximum: 1, description: 'Of the weights, while it loads.' })),
  busy: t.Integer({ description: 'Requests in its slots.' }),
  held: t.Integer({ description: 'Requests that use it without a slot.' }),
  waiting: t.Integer({ description: 'Requests that wait for it.' }),
  pinned: t.Boolean({ description: 'Whether it stays whoever else wants its memory.' }),
  idle_seconds: t.Optional(t.Number({ description: 'Since its last use ended; absent while it is in use.' })),
  expires_in_seconds: t.Optional(
    t.Number({ description: 'Until it leaves by itself; absent where it stays or is in use.' }),
  ),
  ready_seconds: t.Optional(t.Number({ description: 'Since it was ready.' })),
  load_seconds: t.Optional(t.Number({ description: 'That its load took.' })),
  n_ctx: t.Optional(t.Integer()),
  slots: t.Optional(t.Integer()),
  threads: t.Optional(t.Integer()),
  n_gpu_layers: t.Optional(t.Integer()),
  device: t.Optional(t.String()),
  draft: Model.properties.draft,
  notes: t.Optional(t.Array(t.String())),
  estimated_main_bytes: t.Integer({ description: 'What it was expected to take.' }),
  estimated_device_bytes: t.Integer(),
  measured_main_bytes: t.Optional(t.Integer({ description: 'What it takes now.' })),
})
export type LoadedModel = Static<typeof LoadedModel>
export const LoadedModelList = t.Object({ object: t.Literal('list'), data: t.Array(LoadedModel) })

/** Memory of a model, part by part, beside what it really takes. */
export const ModelMemory = t.Object({
  id: t.String(),
  state: LoadedModel.properties.state,
  pinned: t.Boolean(),
  estimate: Estimate,
  measured_main_bytes: t.Optional(t.Integer({ description: 'Main memory that it takes now.' })),
})
export type ModelMemory = Static<typeof ModelMemory>
export const ModelMemoryList = t.Object({ object: t.Literal('list'), data: t.Array(ModelMemory) })

/** A model that this server knows of, whether it can be used now or not. */
export const RegisteredModel = t.Object({
  id: t.String(),
  aliases: t.Array(t.String()),
  kind: t.Optional(kind),
  state: t.Union([t.Literal('installed'), t.Literal('available'), t.Literal('unusable')], {
    description: '`available`: in the catalog, POST /v1/pull fetches it. `unusable`: `problem` says why.',
  }),
  memory_state: t.Optional(Model.properties.state),
  catalogued: t.Boolean({ description: 'Whether it is in the catalog.' }),
  configured: t.Boolean({ description: 'Whether an entry of `models:` in config.yaml speaks of it.' }),
  pinned: t.Optional(t.Boolean()),
  keep_alive_seconds: t.Optional(t.Number({ description: 'Absent: it stays until its memory is needed.' })),
  architecture: t.Optional(t.String()),
  quantization: t.Optional(t.String()),
  parameters: t.Optional(t.Integer({ description: 'Numbers in its tensors.' })),
  context_length_trained: t.Optional(t.Integer()),
  size_bytes: t.Optional(t.Integer({ description: 'Of its files, or of what a pull would fetch.' })),
  license: t.Optional(t.String()),
  store: t.Optional(
    t.String({ description: 'Another program whose file it is: `hugging-face`, `ollama`, `lm-studio`.' }),
  ),
  notes: t.Optional(
    t.Array(t.String(), { description: 'What another program keeps with it and is not used here, a sentence each.' }),
  ),
  problem: t.Optional(t.String()),
})
export type RegisteredModel = Static<typeof RegisteredModel>
export const RegisteredModelList = t.Object({ object: t.Literal('list'), data: t.Array(RegisteredModel) })
