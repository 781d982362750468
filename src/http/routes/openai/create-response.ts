import { Type as t } from '@sinclair/typebox'
import { type EagerIterator, openLate } from '../../../core/eager-iterator.ts'
import { ResponseEvent } from '../../../protocol/openai/responses/events.wire.ts'
import { ResponseRequest } from '../../../protocol/openai/responses/request.wire.ts'
import { ResponseObject } from '../../../protocol/openai/responses/response.wire.ts'
import { defineRoute, type RouteRequest } from '../../define-route.ts'
import { prepareResponse } from '../../responses/prepare-response.ts'
import { respondStreamed, respondWhole } from '../../responses/respond.ts'
import { respondInBackground } from '../../responses/respond-in-background.ts'
import { responseDescription } from './create-response.description.ts'
import { responseExamples, responseRefusals } from './create-response.examples.ts'

type Call = RouteRequest<unknown, unknown, ResponseRequest>

export default defineRoute({
  method: 'POST',
  path: '/v1/responses',
  operationId: 'openai.createResponse',
  summary: 'Answer a conversation, and keep it',
  description: responseDescription,
  params: t.Object({}),
  query: t.Object({}),
  body: ResponseRequest,
  reply: ResponseObject,
  upstream: { ability: 'responses', path: 'responses' },
  event: ResponseEvent,
  framing: 'named',
  examples: responseExamples,
  refusals: responseRefusals,
  handle: (call) => (call.body.stream ? streamed(call) : whole(call)),
})

async function whole(call: Call): Promise<ResponseObject> {
  const prepared = await prepareResponse(call.body, call.services)
  if (call.body.background) return respondInBackground(prepared, call).response()
  return respondWhole(prepared, call)
}

const streamed = (call: Call): EagerIterator<ResponseEvent> =>
  openLate(async () => {
    const prepared = await prepareResponse(call.body, call.services)
    return call.body.background
      ? respondInBackground(prepared, call).follow(-1, call.signal)
      : respondStreamed(prepared, call)
  })
