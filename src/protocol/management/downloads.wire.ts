import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from '../openai/optional.wire.ts'
import { modelName } from './model-name.wire.ts'

export const PullModelRequest = t.Object(
  {
    ...modelName,
    sha256: optional(
      t.String({
        pattern: '^[0-9a-fA-F]{64}$',
        description: 'What the file must have as its SHA-256; only for what is one file.',
        expected: '64 hexadecimal digits',
      }),
    ),
    force: optional(t.Boolean({ description: 'Fetches also what this machine or this build cannot run.' })),
    stream: optional(t.Boolean({ description: 'Tells the progress as server-sent events.' })),
    subscribe: optional(
      t.Boolean({ description: 'false: a job is answered even with `stream`, as Lemonade has it. Default: true.' }),
    ),
  },
  { additionalProperties: false },
)
export type PullModelRequest = Static<typeof PullModelRequest>

const states = [
  'waiting',
  'resolving',
  'downloading',
  'verifying',
  'converting',
  'paused',
  'done',
  'failed',
  'cancelled',
] as const

/** A download, as a job. */
export const Download = t.Object({
  id: t.String(),
  model: t.String({ description: 'As it was asked for.' }),
  resolved: t.Optional(t.String({ description: 'What it was found to be.' })),
  model_id: t.Optional(t.String({ description: 'The name by which requests will have it.' })),
  state: t.Union(
    states.map((state) => t.Literal(state)),
    {
      description:
        '`waiting`: another process fetches the same. `resolving`: its place and its head are looked at. `verifying`: the hash is computed. What is `paused`, `failed` or `cancelled` can be resumed.',
    },
  ),
  progress: t.Optional(t.Number({ minimum: 0, maximum: 1 })),
  done_bytes: t.Integer(),
  total_bytes: t.Optional(t.Integer()),
  bytes_per_second: t.Optional(t.Number()),
  seconds_left: t.Optional(t.Number()),
  files: t.Array(t.Object({ name: t.String(), done_bytes: t.Integer(), total_bytes: t.Optional(t.Integer()) })),
  started_at: t.Integer({ description: 'Seconds since 1970.' }),
  ended_at: t.Optional(t.Integer()),
  fetched: t.Optional(t.Boolean({ description: 'false: everything was there already.' })),
  path: t.Optional(t.String({ description: 'Of its first file, once it is done.' })),
  error: t.Optional(t.Object({ code: t.String(), detail: t.String(), hint: t.String() })),
})
export type Download = Static<typeof Download>
export const DownloadList = t.Object({ object: t.Literal('list'), data: t.Array(Download) })

export const PullEvent = t.Object({
  type: t.Union([t.Literal('progress'), t.Literal('complete'), t.Literal('stopped')], {
    description: '`stopped`: it was paused or cancelled. One that fails ends with an `error` event.',
  }),
  download: Download,
})
export type PullEvent = Static<typeof PullEvent>
