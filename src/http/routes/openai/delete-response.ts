import { Type as t } from '@sinclair/typebox'
import { DeletedResponse } from '../../../protocol/openai/responses/response.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { responseId } from '../../responses/response-parameters.ts'

export default defineRoute({
  method: 'DELETE',
  path: '/v1/responses/{id}',
  operationId: 'openai.deleteResponse',
  summary: 'Delete a response',
  description: `Deletes a kept response with its input, and overwrites them on the disk. One that is being made in the
background is cancelled first. What continues it can be fetched, and not be continued any more.`,
  params: responseId,
  query: t.Object({}),
  body: t.Never(),
  reply: DeletedResponse,
  event: t.Never(),
  examples: [
    {
      name: 'a kept response',
      params: { id: 'resp_kept' },
      reply: { id: 'resp_kept', object: 'response.deleted', deleted: true },
    },
  ],
  refusals: {
    response_not_found: { params: { id: 'resp_absent' } },
    store_unavailable: { params: { id: 'resp_unreadable' } },
  },
  async handle({ params: { id }, services, refuse }) {
    const job = services.background.find(id)
    await job?.cancel()
    services.background.forget(id)
    if (!services.responses.delete(id) && !job)
      throw refuse('response_not_found', { param: 'response_id', response: id })
    return { id, object: 'response.deleted' as const, deleted: true as const }
  },
})
