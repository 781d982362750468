import { Type as t } from '@sinclair/typebox'
import { ProviderList } from '../../../protocol/management/providers.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { fromProvider } from '../../providers/from-provider.ts'
import { exampleProviders } from './list-providers.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/providers',
  operationId: 'providers.listProviders',
  scope: 'read',
  summary: 'List the providers',
  description:
    'Other servers that requests can be handed on to: what each can do, what is missing before it can be used, and how its addresses stand. Never anything of their keys.',
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: ProviderList,
  event: t.Never(),
  examples: [{ name: 'one that is ready, and others', reply: { object: 'list', data: exampleProviders } }],
  refusals: {},
  async handle({ services }) {
    return { object: 'list' as const, data: services.providers.list().map(fromProvider) }
  },
})
