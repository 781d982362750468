import { type Static, Type as t } from '@sinclair/typebox'

/** How every refusal of a management route looks (RFC 9457, Problem Details for HTTP APIs). */
export const ProblemDetails = t.Object({
  type: t.String({ description: 'Names the kind of problem: `urn:hearth:problem:` and the code.' }),
  title: t.String({ description: 'The kind of problem in words, the same each time.' }),
  status: t.Integer({ description: 'The HTTP status.' }),
  detail: t.String({ description: 'What is wrong this time.' }),
  instance: t.String({ description: 'The path that was asked.' }),
  code: t.String({ description: 'Stays the same when the words change.' }),
  hint: t.String({ description: 'What to do next.' }),
  request_id: t.String({ description: 'As in the header `x-request-id`, and in the log.' }),
  retry_after: t.Optional(t.Integer({ description: 'Seconds after which a new attempt makes sense.' })),
  errors: t.Optional(
    t.Array(
      t.Object({
        field: t.String({ description: 'The field, as `lora[0].scale`.' }),
        pointer: t.String({ description: 'The same as a JSON pointer (RFC 6901): `#/lora/0/scale`.' }),
        detail: t.String(),
      }),
      { description: 'Where a field of the request is wrong.' },
    ),
  ),
})
export type ProblemDetails = Static<typeof ProblemDetails>

/** The last event of a stream that could not go on. */
export const ProblemEvent = t.Object({ type: t.Literal('error'), problem: ProblemDetails })
export type ProblemEvent = Static<typeof ProblemEvent>
