import { Type as t } from '@sinclair/typebox'
import { defineRoute } from '../../define-route.ts'
import { RawReply, rawReply } from '../../raw-reply.ts'

export default defineRoute({
  method: 'GET',
  path: '/',
  operationId: 'system.getStart',
  scope: 'open',
  summary: 'Find the way',
  description: 'Sends a browser on to the documentation.',
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: rawReply('text/plain'),
  event: t.Never(),
  examples: [{ name: 'a redirection', raw: { status: 302, mediaType: 'text/plain', contains: '/docs' } }],
  refusals: {},
  async handle({ linkPrefix }) {
    const location = `${linkPrefix}/docs`
    const headers = { 'content-type': 'text/plain; charset=utf-8', location }
    return new RawReply({ status: 302, body: `This is Hearth. Its documentation is at ${location}.\n`, headers })
  },
})
