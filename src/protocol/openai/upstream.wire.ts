import { type Static, Type as t } from '@sinclair/typebox'
import { Model } from './models.wire.ts'

/** A model of a provider in the list of all models. */
export const UpstreamModel = t.Object({
  id: t.String({ description: '`provider/model`: the name that requests give.' }),
  object: t.Literal('model'),
  created: t.Integer({ description: 'In seconds since 1970; 0 where the provider does not tell.' }),
  owned_by: t.String({ description: 'The provider.' }),
  context_length: t.Optional(t.Integer({ description: 'Where the provider tells it.' })),
})
export type UpstreamModel = Static<typeof UpstreamModel>

/** One of this machine, or one of a provider. */
export const AnyModel = t.Union([Model, UpstreamModel])
export const AnyModelList = t.Object({ object: t.Literal('list'), data: t.Array(AnyModel) })

/** A model as its provider shows it, by the name that it has in the provider's paths. */
export const ProviderModel = t.Object(
  { id: t.String(), object: t.Literal('model'), created: t.Integer(), owned_by: t.String() },
  { description: 'And whatever else the provider says of it.' },
)
export type ProviderModel = Static<typeof ProviderModel>
export const ProviderModelList = t.Object({ object: t.Literal('list'), data: t.Array(ProviderModel) })

/** What has to be in a body for it to be handed on. Whatever else it has the provider gets, too. */
export const ForwardedRequest = t.Object(
  {
    model: t.String({ minLength: 1, description: 'A model of the provider, without `provider/` in front.' }),
    stream: t.Optional(t.Unknown()),
  },
  { description: "The provider's own fields besides." },
)

/** What a provider answers, as it came. */
export const ForwardedAnswer = t.Unknown({ description: 'What the provider answers, as it came.' })
