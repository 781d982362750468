import { Type as t } from '@sinclair/typebox'
import { fromModel } from '../../../protocol/openai/models.ts'
import { AnyModel } from '../../../protocol/openai/upstream.wire.ts'
import { fromUpstreamModel } from '../../../protocol/openai/upstream-models.ts'
import { defineRoute } from '../../define-route.ts'
import { openStandings } from '../../model-standing.ts'
import { findUpstreamModel } from '../../providers/find-upstream-model.ts'
import { findUpstream } from '../../providers/upstream-name.ts'
import { chatModel } from './retrieve-model.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/models/{id...}',
  operationId: 'openai.retrieveModel',
  summary: 'Describe a model',
  description:
    'One model, by its id or an alias, or by `provider/model`. A slash in the name may be sent as it is or as %2F.',
  params: t.Object({ id: t.String({ description: 'An id or an alias.' }) }),
  query: t.Object({}),
  body: t.Never(),
  reply: AnyModel,
  event: t.Never(),
  examples: [{ name: 'the default chat model', params: { id: 'smollm2-135m-instruct' }, reply: chatModel }],
  refusals: {
    model_not_found: { params: { id: 'absent' } },
    model_not_installed: { params: { id: 'catalogued' } },
    provider_not_configured: { params: { id: 'keyless/small' } },
    upstream_model_not_found: { params: { id: 'example/absent' } },
  },
  async handle({ params, services, caller, signal }) {
    const target = await findUpstream(params.id, services)
    if (target) return fromUpstreamModel(await findUpstreamModel(target, { key: caller.key, signal }))
    const entry = await services.models.find(params.id, 'chat')
    const standingOf = await openStandings(services)
    return fromModel(entry, standingOf(entry))
  },
})
