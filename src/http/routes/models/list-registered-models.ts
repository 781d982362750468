import { Type as t } from '@sinclair/typebox'
import { type RegisteredModel, RegisteredModelList } from '../../../protocol/management/models.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { fromRegistered } from '../../management/from-registered.ts'
import { registeredExample } from './list-registered-models.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/models/registered',
  operationId: 'models.listRegisteredModels',
  summary: 'List every model that is known',
  description: `Every model that this server knows of: those that can be used, those whose file or setting is wrong, with the reason,
and those of the catalog that POST /v1/pull would fetch. GET /v1/models lists only what can be used now.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: RegisteredModelList,
  event: t.Never(),
  examples: [{ name: 'before the first request', reply: { object: 'list', data: registeredExample } }],
  refusals: {},
  async handle({ services }) {
    const data: RegisteredModel[] = (await services.models.registered()).map((model) => fromRegistered(model, services))
    return { object: 'list' as const, data }
  },
})
