import { type Static, Type as t } from '@sinclair/typebox'

/** How every refusal looks, as the body of an answer and as an event of a stream. */
export const ErrorEnvelope = t.Object({
  error: t.Object({
    message: t.String({ description: 'What is wrong.' }),
    type: t.String(),
    param: t.Union([t.String(), t.Null()], { description: 'The field that it is about.' }),
    code: t.String({ description: 'Stays the same when the message is reworded.' }),
    hint: t.String({ description: 'What to do next.' }),
    request_id: t.Optional(t.String({ description: 'As in the header X-Request-Id, and in the log.' })),
    upstream: t.Optional(
      t.Object(
        { provider: t.String(), status: t.Optional(t.Integer()), code: t.Optional(t.String()) },
        { description: 'What the provider said, where the error comes from one: its own status and code.' },
      ),
    ),
  }),
})
export type ErrorEnvelope = Static<typeof ErrorEnvelope>
