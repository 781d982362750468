import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from '../openai/optional.wire.ts'

/** A request that works with a model, or waits for it. Never what it asks. */
export const RunningRequest = t.Object({
  id: t.String({ description: 'As in the header `x-request-id`; a response in the background has its own id.' }),
  operation: t.String({ description: 'As the OpenAPI document names it.' }),
  task: t.String({ description: '`generation`, `embedding`, `ranking`, `tokens` or `load`.' }),
  model: t.String(),
  share: t.String({ description: 'Who pays for it: a label of its API key, or `anonymous`.' }),
  state: t.Union(
    (['waiting', 'queued', 'loading', 'reading', 'writing', 'working'] as const).map((state) => t.Literal(state)),
    {
      description:
        '`queued`: it waits for a slot. `loading`: its model loads. `reading`: its prompt is read. `writing`: it is answered. `working`: texts are embedded or ranked, or an answer is made that is sent whole.',
    },
  ),
  queue_position: t.Optional(t.Integer({ description: 'While it is queued; 1 is next.' })),
  progress: t.Optional(t.Number({ description: 'Of the load, 0 to 1, while its model loads.' })),
  read_tokens: t.Optional(t.Integer({ description: 'Of the prompt, while it is read.' })),
  prompt_tokens: t.Optional(t.Integer()),
  pieces: t.Optional(
    t.Integer({
      description: 'Of the answer, told so far: about one a token. Absent for an answer that is sent whole.',
    }),
  ),
  wait_seconds: t.Optional(t.Number({ description: 'That it waited for its slot; absent while it waits.' })),
  age_seconds: t.Number(),
})
export type RunningRequest = Static<typeof RunningRequest>
export const RunningRequestList = t.Object({ object: t.Literal('list'), data: t.Array(RunningRequest) })

export const StopRequest = t.Object(
  {
    model: optional(t.String({ minLength: 1, description: 'Only generations of this model.' })),
    id: optional(t.String({ minLength: 1, description: 'Only the request of this id.' })),
  },
  { additionalProperties: false },
)
export type StopRequest = Static<typeof StopRequest>

export const StopReply = t.Object({
  stopped: t.Integer({ description: 'How many.' }),
  requests: t.Array(t.Pick(RunningRequest, ['id', 'operation', 'model'])),
})
export type StopReply = Static<typeof StopReply>
