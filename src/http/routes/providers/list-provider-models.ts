import { Type as t } from '@sinclair/typebox'
import { ProviderModelList } from '../../../protocol/openai/upstream.wire.ts'
import { toProviderModel } from '../../../protocol/openai/upstream-models.ts'
import { defineRoute } from '../../define-route.ts'
import { providerParam } from '../../providers/forwarding-route.ts'
import { providerOf } from '../../providers/provider-of.ts'
import { mayUse } from '../../providers/upstream-name.ts'

export const exampleModel = { id: 'small', object: 'model' as const, created: 1_730_000_000, owned_by: 'somebody' }

export default defineRoute({
  method: 'GET',
  path: '/{provider}/v1/models',
  operationId: 'providers.listModels',
  summary: 'List the models of a provider',
  description:
    'As the provider lists them, by the names that its own paths take; models that the configuration names are among them. A key for some models sees those alone.',
  params: t.Object({ provider: providerParam }),
  query: t.Object({}),
  body: t.Never(),
  reply: ProviderModelList,
  event: t.Never(),
  examples: [{ name: 'one', params: { provider: 'example' }, reply: { object: 'list', data: [exampleModel] } }],
  refusals: {
    provider_not_found: { params: { provider: 'absent' } },
    provider_not_configured: { params: { provider: 'keyless' } },
  },
  async handle({ params, services, caller, signal }) {
    const provider = providerOf(params.provider, services)
    const models = await provider.models(signal)
    const data = models.filter(({ id }) => mayUse(id, caller.key)).map(toProviderModel)
    return { object: 'list' as const, data }
  },
})
