import { type Static, Type as t } from '@sinclair/typebox'
import { OutputItem } from './items.wire.ts'

const nullable = <Schema extends Parameters<typeof t.Union>[0][number]>(schema: Schema) => t.Union([schema, t.Null()])

/** Something that the request said, given back as it was. */
const echo = <Echo extends { readonly type: string }>(description: string) =>
  t.Unsafe<Echo & Readonly<Record<string, unknown>>>({
    ...t.Object({ type: t.String() }, { additionalProperties: true }),
    description,
  })

export const ResponseStatus = t.Union([
  t.Literal('completed'),
  t.Literal('failed'),
  t.Literal('in_progress'),
  t.Literal('cancelled'),
  t.Literal('queued'),
  t.Literal('incomplete'),
])
export type ResponseStatus = Static<typeof ResponseStatus>

/** Tokens that were really evaluated. */
export const ResponseUsage = t.Object({
  input_tokens: t.Integer(),
  input_tokens_details: t.Object({
    cached_tokens: t.Integer({ description: 'Those that were still in memory and not read again.' }),
    cache_write_tokens: t.Integer({ description: 'Always 0: nothing is charged for memory here.' }),
  }),
  output_tokens: t.Integer(),
  output_tokens_details: t.Object({ reasoning_tokens: t.Integer() }),
  total_tokens: t.Integer(),
})
export type ResponseUsage = Static<typeof ResponseUsage>

export const ResponseError = t.Object({
  code: t.Union([t.Literal('server_error'), t.Literal('rate_limit_exceeded'), t.Literal('invalid_prompt')]),
  message: t.String(),
})

/** A response, whole or in the making. */
export const ResponseObject = t.Object({
  id: t.String(),
  object: t.Literal('response'),
  access_programs: t.Null(),
  created_at: t.Integer({ description: 'Seconds since 1970.' }),
  completed_at: nullable(t.Integer()),
  status: ResponseStatus,
  background: t.Boolean(),
  error: nullable(ResponseError),
  incomplete_details: nullable(t.Object({ reason: t.Literal('max_output_tokens') })),
  instructions: nullable(t.String()),
  max_output_tokens: nullable(t.Integer()),
  max_tool_calls: nullable(t.Integer()),
  model: t.String({ description: 'The id of the model that answers.' }),
  output: t.Array(OutputItem),
  parallel_tool_calls: t.Boolean(),
  previous_response_id: nullable(t.String()),
  prompt_cache_key: nullable(t.String()),
  reasoning: t.Object({ effort: nullable(t.String()), summary: nullable(t.String()) }),
  safety_identifier: nullable(t.String()),
  service_tier: t.Literal('default'),
  store: t.Boolean(),
  temperature: t.Number({ description: 'The one that was used, be it sent or configured.' }),
  text: t.Object({ format: echo<{ type: string }>('The form of the text.'), verbosity: t.String() }),
  tool_choice: t.Union([t.String(), echo<{ type: string }>('A function or a custom tool, or some.')]),
  tools: t.Array(echo<{ type: string }>('A function, a custom tool, or a namespace of them.')),
  top_logprobs: t.Integer(),
  top_p: t.Number(),
  truncation: t.Literal('disabled'),
  usage: nullable(ResponseUsage),
  user: nullable(t.String()),
  metadata: t.Record(t.String(), t.String()),
})
export type ResponseObject = Static<typeof ResponseObject>

export const DeletedResponse = t.Object({
  id: t.String(),
  object: t.Literal('response.deleted'),
  deleted: t.Literal(true),
})
