import { Type as t } from '@sinclair/typebox'
import { ResponseObject } from '../../../protocol/openai/responses/response.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { findResponse } from '../../responses/kept-response.ts'
import { responseId } from '../../responses/response-parameters.ts'
import { backgroundExample } from './get-response.examples.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/responses/{id}/cancel',
  operationId: 'openai.cancelResponse',
  summary: 'Cancel a response in the background',
  description: `Ends a response that is being made in the background. What was made until then stays in it. One that has ended
already is answered as it is.`,
  params: responseId,
  query: t.Object({}),
  body: t.Never(),
  reply: ResponseObject,
  event: t.Never(),
  examples: [{ name: 'a response that has ended', params: { id: 'resp_background' }, reply: backgroundExample }],
  refusals: {
    response_not_found: { params: { id: 'resp_absent' } },
    store_unavailable: { params: { id: 'resp_unreadable' } },
    response_not_cancellable: { params: { id: 'resp_kept' } },
  },
  async handle({ params: { id }, services, refuse }) {
    const job = services.background.find(id)
    await job?.cancel()
    const kept = findResponse(id, services)
    if (!kept) throw refuse('response_not_found', { param: 'response_id', response: id })
    const why = kept.isElsewhere ? 'another server is making it' : 'it was not made with "background": true'
    if (kept.isElsewhere || !kept.isBackground)
      throw refuse('response_not_cancellable', { param: 'response_id', response: id, why })
    return kept.response
  },
})
