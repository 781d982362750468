import { type Static, Type as t } from '@sinclair/typebox'

/** What one key has used of one model on one day. */
const Usage = t.Object({
  day: t.String({ description: 'As `2026-11-22`, in UTC.' }),
  key: t.Object({ id: t.String(), name: t.String() }),
  model: t.Union([t.String(), t.Null()], {
    description: 'Null where a request came to none, or failed before it used any.',
  }),
  requests: t.Integer({ description: 'That were let in.' }),
  refused: t.Integer({ description: 'That were over a limit of the key.' }),
  errors: t.Integer({ description: 'Of the requests, those that were answered with an error.' }),
  prompt_tokens: t.Integer(),
  completion_tokens: t.Integer(),
  embedded_tokens: t.Integer({ description: 'Of texts that were embedded or ranked.' }),
})

export const UsageList = t.Object({
  object: t.Literal('list'),
  from: t.String({ description: 'The first day of those that were asked for.' }),
  data: t.Array(Usage, { description: 'The newest day first.' }),
})
export type UsageList = Static<typeof UsageList>
