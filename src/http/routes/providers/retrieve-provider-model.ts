import { Type as t } from '@sinclair/typebox'
import { ProviderModel } from '../../../protocol/openai/upstream.wire.ts'
import { toProviderModel } from '../../../protocol/openai/upstream-models.ts'
import { defineRoute } from '../../define-route.ts'
import { findUpstreamModel } from '../../providers/find-upstream-model.ts'
import { providerParam } from '../../providers/forwarding-route.ts'
import { providerOf } from '../../providers/provider-of.ts'
import { exampleModel } from './list-provider-models.ts'

export default defineRoute({
  method: 'GET',
  path: '/{provider}/v1/models/{model...}',
  operationId: 'providers.retrieveModel',
  summary: 'Describe a model of a provider',
  description: 'A slash in the name may be sent as it is or as %2F.',
  params: t.Object({ provider: providerParam, model: t.String() }),
  query: t.Object({}),
  body: t.Never(),
  reply: ProviderModel,
  event: t.Never(),
  examples: [{ name: 'one', params: { provider: 'example', model: 'small' }, reply: exampleModel }],
  refusals: {
    provider_not_found: { params: { provider: 'absent', model: 'small' } },
    provider_not_configured: { params: { provider: 'keyless', model: 'small' } },
    upstream_model_not_found: { params: { provider: 'example', model: 'absent' } },
  },
  async handle({ params, services, caller, signal }) {
    const provider = providerOf(params.provider, services)
    const target = { provider, name: params.model, id: `${provider.name}/${params.model}` }
    return toProviderModel(await findUpstreamModel(target, { key: caller.key, signal }))
  },
})
