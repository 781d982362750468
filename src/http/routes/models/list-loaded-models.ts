import { Type as t } from '@sinclair/typebox'
import { LoadedModelList } from '../../../protocol/management/models.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { fromResident } from '../../management/from-resident.ts'
import { residentExample } from './list-loaded-models.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/models/loaded',
  operationId: 'models.listLoadedModels',
  summary: 'List the models in memory',
  description: `The models that are in memory, and those on their way there or away, the last used first: what they were loaded
with, who uses them, how long they stay, and what they take. Asking costs nothing.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: LoadedModelList,
  event: t.Never(),
  examples: [{ name: 'one that nothing uses', reply: { object: 'list', data: [residentExample] } }],
  refusals: {},
  handle: async ({ services }) => ({ object: 'list' as const, data: services.engine.residents().map(fromResident) }),
})
