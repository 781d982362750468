import { Type as t } from '@sinclair/typebox'
import { fromModel } from '../../../protocol/openai/models.ts'
import { AnyModelList } from '../../../protocol/openai/upstream.wire.ts'
import { fromUpstreamModel } from '../../../protocol/openai/upstream-models.ts'
import { defineRoute } from '../../define-route.ts'
import { openStandings } from '../../model-standing.ts'
import { listUpstreamModels } from '../../providers/upstream-lists.ts'
import { chatModel, embeddingModel } from './retrieve-model.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/models',
  operationId: 'openai.listModels',
  summary: 'List the models',
  description:
    'Every model that a request can name now: those of this machine, the default chat model first, then the default embedding model; and behind them those of providers, as `provider/model`. A provider that does not answer in two seconds is left out until it does.',
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: AnyModelList,
  event: t.Never(),
  examples: [{ name: 'the default models', reply: { object: 'list', data: [chatModel, embeddingModel] } }],
  refusals: {},
  async handle({ services, caller }) {
    const [entries, standingOf, upstream] = await Promise.all([
      services.models.list(),
      openStandings(services),
      listUpstreamModels(services, caller.key),
    ])
    const own = entries.map((entry) => fromModel(entry, standingOf(entry)))
    const names = new Set(own.map(({ id }) => id))
    const others = upstream.filter(({ id }) => !names.has(id)).map(fromUpstreamModel)
    return { object: 'list' as const, data: [...own, ...others] }
  },
})
