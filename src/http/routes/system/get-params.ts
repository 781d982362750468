import { Type as t } from '@sinclair/typebox'
import { fromDefaults } from '../../../protocol/management/params.ts'
import { Params } from '../../../protocol/management/params.wire.ts'
import { defineRoute } from '../../define-route.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/params',
  operationId: 'system.getParams',
  summary: 'Show the default sampling values',
  description: `The values that hold for requests which say nothing else: those of all models, or with \`?model=\` those of one.
POST /v1/params changes them.`,
  params: t.Object({}),
  query: t.Object(
    { model: t.Optional(t.String({ minLength: 1, description: 'A model. Absent: what holds for all of them.' })) },
    { additionalProperties: false },
  ),
  body: t.Never(),
  reply: Params,
  event: t.Never(),
  examples: [
    {
      name: 'of all models',
      reply: { model: null, max_tokens: null, temperature: 0.8, top_p: 0.95, top_k: 40, min_p: 0.05 },
    },
    {
      name: 'of one',
      query: { model: 'smollm2' },
      reply: {
        model: 'smollm2-135m-instruct',
        max_tokens: null,
        temperature: 0.8,
        top_p: 0.95,
        top_k: 40,
        min_p: 0.05,
      },
    },
  ],
  refusals: {
    model_not_found: { query: { model: 'absent' } },
    model_not_installed: { query: { model: 'catalogued' } },
  },
  async handle({ query, services }) {
    if (query.model === undefined) return fromDefaults(null, await services.models.configureAll({}))
    const { id, defaults } = await services.models.find(query.model, 'chat')
    return fromDefaults(id, defaults)
  },
})
