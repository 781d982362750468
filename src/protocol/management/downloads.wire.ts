import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from '../openai/optional.wire.ts'
import { modelName } from './model-name.wire.ts'

/** Lemonade's; what a model is stands in its file. */
const toldByTheFile = {
  reasoning: optional(t.Boolean({ description: 'Lemonade’s; the file tells it.' })),
  embedding: optional(t.Boolean({ description: 'Lemonade’s; the file tells it.' })),
  reranking: optional(t.Boolean({ description: 'Lemonade’s; the file tells it.' })),
}

export const PullModelRequest = t.Object(
  {
    ...modelName,
    checkpoint: optional(
      t.String({
        minLength: 1,
        description:
          'Lemonade’s: what is fetched, as `user/repository:Q4_K_M`; `model_name` is then what it is to be called once it is here.',
      }),
    ),
    recipe: optional(t.Literal('llamacpp', { description: 'Lemonade’s; there is no other one here.' })),
    ...toldByTheFile,
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
        '`waiting`: two others are fetched first, or another process fetches the same. `resolving`: its place and its head are looked at. `verifying`: the hash is computed. What is `paused`, `failed` or `cancelled` can be resumed.',
    },
  ),
  progress: t.Optional(t.Number({ minimum: 0, maximum: 1 })),
  done_bytes: t.Integer(),
  total_bytes: t.Optional(t.Integer()),
  bytes_per_second: t.Optional(t.Number()),
  seconds_left: t.Optional(t.Number()),
  verifying: t.Optional(
    t.Object(
      { done_bytes: t.Integer(), total_bytes: t.Integer() },
      { description: 'While a file is verified: how much of it is in its hash.' },
    ),
  ),
  files: t.Array(t.Object({ name: t.String(), done_bytes: t.Integer(), total_bytes: t.Optional(t.Integer()) })),
  started_at: t.Integer({ description: 'Seconds since 1970.' }),
  ended_at: t.Optional(t.Integer()),
  fetched: t.Optional(t.Boolean({ description: 'false: everything was there already.' })),
  path: t.Optional(t.String({ description: 'Of its first file, once it is done.' })),
  error: t.Optional(t.Object({ code: t.String(), detail: t.String(), hint: t.String() })),
})
export type Download = Static<typeof Download>
export const DownloadList = t.Object({ object: t.Literal('list'), data: t.Array(Download) })

/** What Lemonade's clients read of a download that they watch. */
const lemonadeProgress = {
  file: t.Optional(t.String({ description: 'This and what follows: as Lemonade has it. The file that is fetched.' })),
  file_index: t.Optional(t.Integer({ description: 'From 1.' })),
  total_files: t.Optional(t.Integer()),
  bytes_downloaded: t.Optional(t.Integer({ description: 'Of that file.' })),
  bytes_total: t.Optional(t.Integer()),
  percent: t.Optional(t.Integer({ description: 'Of all files together.' })),
}

export const PullEvent = t.Object({
  type: t.Union([t.Literal('progress'), t.Literal('complete'), t.Literal('stopped')], {
    description: '`stopped`: it was paused or cancelled. One that fails ends with an `error` event.',
  }),
  download: Download,
  ...lemonadeProgress,
})
export type PullEvent = Static<typeof PullEvent>
