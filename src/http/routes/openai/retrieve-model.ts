import { Type as t } from '@sinclair/typebox'
import { fromModel } from '../../../protocol/openai/models.ts'
import { Model } from '../../../protocol/openai/models.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { openStandings } from '../../model-standing.ts'
import { chatModel } from './retrieve-model.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/models/{id...}',
  operationId: 'openai.retrieveModel',
  summary: 'Describe a model',
  description: 'One model, by its id or an alias. A slash in the name may be sent as it is or as %2F.',
  params: t.Object({ id: t.String({ description: 'An id or an alias.' }) }),
  query: t.Object({}),
  body: t.Never(),
  reply: Model,
  event: t.Never(),
  examples: [{ name: 'the default chat model', params: { id: 'smollm2-135m-instruct' }, reply: chatModel }],
  refusals: {
    model_not_found: { params: { id: 'absent' } },
    model_not_installed: { params: { id: 'catalogued' } },
  },
  async handle({ params, services }) {
    const entry = await services.models.find(params.id, 'chat')
    const standingOf = await openStandings(services)
    return fromModel(entry, standingOf(entry))
  },
})
