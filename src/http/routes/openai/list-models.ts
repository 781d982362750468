import { Type as t } from '@sinclair/typebox'
import { fromModel } from '../../../protocol/openai/models.ts'
import { ModelList } from '../../../protocol/openai/models.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { openStandings } from '../../model-standing.ts'
import { chatModel, embeddingModel } from './retrieve-model.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/models',
  operationId: 'openai.listModels',
  summary: 'List the models',
  description:
    'Every model that a request can name now, the default chat model first, then the default embedding model.',
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: ModelList,
  event: t.Never(),
  examples: [{ name: 'the default models', reply: { object: 'list', data: [chatModel, embeddingModel] } }],
  refusals: {},
  async handle({ services }) {
    const [entries, standingOf] = await Promise.all([services.models.list(), openStandings(services)])
    return { object: 'list' as const, data: entries.map((entry) => fromModel(entry, standingOf(entry))) }
  },
})
