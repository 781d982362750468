import { Type as t } from '@sinclair/typebox'
import { fromModel } from '../../../protocol/openai/models.ts'
import { ModelList } from '../../../protocol/openai/models.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { openStandings } from '../../model-standing.ts'
import { embeddingModel } from '../openai/retrieve-model.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/embedding-models',
  operationId: 'models.listEmbeddingModels',
  scope: 'inference',
  summary: 'List the embedding models',
  description: 'The models that POST /v1/embeddings can name now, the default one first; as GET /v1/models shows them.',
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: ModelList,
  event: t.Never(),
  examples: [{ name: 'the default one', reply: { object: 'list', data: [embeddingModel] } }],
  refusals: {},
  async handle({ services }) {
    const [entries, standingOf] = await Promise.all([services.models.list(), openStandings(services)])
    const embedding = entries.filter(({ kind }) => kind === 'embedding')
    return { object: 'list' as const, data: embedding.map((entry) => fromModel(entry, standingOf(entry))) }
  },
})
