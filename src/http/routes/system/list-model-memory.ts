import { Type as t } from '@sinclair/typebox'
import { ModelMemoryList } from '../../../protocol/management/models.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { fromResidentMemory } from '../../management/from-resident.ts'
import { residentMemoryExample } from '../models/list-loaded-models.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/resources/loaded-models',
  operationId: 'system.listModelMemory',
  summary: 'Show what the models in memory take',
  description: `Of each model in memory, part by part, what it was expected to take (weights, key-value cache, compute buffers, draft
model, adapters, process), and what its process takes now.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: ModelMemoryList,
  event: t.Never(),
  examples: [{ name: 'one that nothing uses', reply: { object: 'list', data: [residentMemoryExample] } }],
  refusals: {},
  handle: async ({ services }) => ({
    object: 'list' as const,
    data: services.engine.residents().map(fromResidentMemory),
  }),
})
