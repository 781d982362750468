import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from '../openai/optional.wire.ts'
import { modelName } from './model-name.wire.ts'

export const UnloadModelRequest = t.Object(
  {
    ...modelName,
    all: optional(t.Boolean({ description: 'Every model, in place of one.' })),
    mode: optional(
      t.Union([t.Literal('wait'), t.Literal('cut')], {
        description: '`wait`: running requests end first, the default. `cut`: they fail at once with `model_unloaded`.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type UnloadModelRequest = Static<typeof UnloadModelRequest>

export const UnloadModelReply = t.Object({
  status: t.Literal('success'),
  message: t.String({ description: 'What was done, a sentence.' }),
  models: t.Array(
    t.Object({
      id: t.String(),
      was_loaded: t.Boolean(),
      cut_requests: t.Integer(),
      freed_bytes: t.Integer({ description: 'Main memory that it had.' }),
    }),
  ),
  freed_bytes: t.Integer({ description: 'Of all of them together. Their processes are gone: it is back.' }),
})
export type UnloadModelReply = Static<typeof UnloadModelReply>

export const SelectModelRequest = t.Object(modelName, { additionalProperties: false })
export type SelectModelRequest = Static<typeof SelectModelRequest>

export const DeleteModelRequest = t.Object(
  {
    ...modelName,
    force: optional(t.Boolean({ description: 'Unloads it first, where it is in memory; its requests are cut.' })),
  },
  { additionalProperties: false },
)
export type DeleteModelRequest = Static<typeof DeleteModelRequest>

export const DeleteModelReply = t.Object({
  status: t.Literal('success'),
  message: t.String({ description: 'What was done, a sentence.' }),
  model: t.String({ description: 'Its id.' }),
  deleted_files: t.Array(t.String(), { description: 'Paths; none where only an alias was taken away.' }),
  freed_bytes: t.Integer({ description: 'On the disk.' }),
})
export type DeleteModelReply = Static<typeof DeleteModelReply>
