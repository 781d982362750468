import { Type as t } from '@sinclair/typebox'
import { defineRoute } from '../../define-route.ts'
import { buildOpenApi } from '../../open-api.ts'
import { RawReply, rawReply } from '../../raw-reply.ts'

export default defineRoute({
  method: 'GET',
  path: '/docs/json',
  operationId: 'system.getOpenApi',
  scope: 'open',
  summary: 'Get this document',
  description: 'Every endpoint as OpenAPI 3.1, with its schemas, examples, events and errors.',
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: rawReply('application/json'),
  event: t.Never(),
  examples: [
    { name: 'the document', raw: { status: 200, mediaType: 'application/json', contains: '"openapi":"3.1.0"' } },
  ],
  refusals: {},
  async handle({ routes, services, linkPrefix }) {
    const body = JSON.stringify(buildOpenApi(routes, services.about.version, linkPrefix || '/'))
    return new RawReply({ body, headers: { 'content-type': 'application/json' } })
  },
})
