import { type Static, Type as t } from '@sinclair/typebox'

/** How one address of a provider stands. */
export const ProviderAddress = t.Object({
  address: t.String({ description: 'Without user, password and query.' }),
  breaker: t.Union([t.Literal('closed'), t.Literal('open'), t.Literal('half-open')], {
    description:
      '`open`: it has failed several times in turn, and is not asked for a while. `half-open`: one request tries it.',
  }),
  retry_seconds: t.Optional(t.Number({ description: 'Until it is tried again, while its breaker is open.' })),
  busy: t.Integer({ description: 'Requests that it is answering.' }),
  healthy: t.Optional(t.Boolean({ description: 'What the last look at it said; absent where nothing was looked at.' })),
  problem: t.Optional(t.String()),
})

/** A provider, without anything of its keys. */
export const ProviderStatus = t.Object({
  name: t.String({ description: 'As in `provider/model`, and as the first part of its paths.' }),
  listed: t.Boolean({ description: 'Whether its models stand in GET /v1/models.' }),
  ready: t.Boolean({ description: 'Whether it can be asked; otherwise `problem` says what is missing.' }),
  problem: t.Optional(t.String()),
  hint: t.Optional(t.String({ description: 'What to do about it.' })),
  abilities: t.Array(t.String(), { description: 'What it may be asked for.' }),
  addresses: t.Array(ProviderAddress),
})
export type ProviderStatus = Static<typeof ProviderStatus>

export const ProviderList = t.Object({ object: t.Literal('list'), data: t.Array(ProviderStatus) })
