import { Type as t } from '@sinclair/typebox'
import { StopReply } from '../../../protocol/management/requests.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { stopRequests } from '../../management/stop-requests.ts'

export default defineRoute({
  method: 'DELETE',
  path: '/v1/requests/{id...}',
  operationId: 'system.stopRequest',
  summary: 'End a request',
  description: `Ends a request that runs or waits. Its client gets the error \`request_stopped\`, with status 499 so that no library sends
the request again, or as the last event of its stream; what was generated until then stays. A response in the background
fails with it. Requests whose clients gave them the same name end together.`,
  params: t.Object({ id: t.String({ description: 'As GET /v1/requests lists it.' }) }),
  query: t.Object({}),
  body: t.Never(),
  reply: StopReply,
  event: t.Never(),
  examples: [
    {
      name: 'one that is answered',
      params: { id: 'req-example' },
      reply: {
        stopped: 1,
        requests: [{ id: 'req-example', operation: 'openai.createChatCompletion', model: 'smollm2-135m-instruct' }],
      },
    },
  ],
  refusals: { request_not_found: { params: { id: 'absent' } } },
  async handle({ params, services, refuse }) {
    const reply = stopRequests(({ id }) => id === params.id, services)
    if (reply.stopped === 0) throw refuse('request_not_found', { param: 'id', request: params.id })
    return reply
  },
})
