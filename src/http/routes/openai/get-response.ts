import { Type as t } from '@sinclair/typebox'
import { ResponseEvent } from '../../../protocol/openai/responses/events.wire.ts'
import { replayResponse } from '../../../protocol/openai/responses/replay-response.ts'
import { ResponseObject } from '../../../protocol/openai/responses/response.wire.ts'
import { defineRoute, type RouteRequest, refuse } from '../../define-route.ts'
import { findResponse, type KeptResponse } from '../../responses/kept-response.ts'
import { readKeptEvents } from '../../responses/respond-in-background.ts'
import { include, responseId } from '../../responses/response-parameters.ts'
import { keptEvents, keptExample } from './get-response.examples.ts'

const flag = (description: string) =>
  t.Optional(t.Union([t.Literal('true'), t.Literal('false')], { description, expected: "'true' or 'false'" }))

const Query = t.Object(
  {
    stream: flag('true: tell its events.'),
    starting_after: t.Optional(
      t.String({
        pattern: '^\\d{1,9}$',
        description: 'With `stream`: only events after this `sequence_number`.',
        expected: 'a sequence number',
      }),
    ),
    include_obfuscation: flag('No effect: nothing is ever padded here.'),
    ...include,
  },
  { additionalProperties: false },
)
type Call = RouteRequest<{ id: string }, { stream?: string; starting_after?: string }, undefined>

export default defineRoute({
  method: 'GET',
  path: '/v1/responses/{id}',
  operationId: 'openai.getResponse',
  summary: 'Fetch a response',
  description: `A response that was kept, or that is being made in the background.

With \`stream=true\` its events are told: those of a response in the background as they were and as they come, from
\`starting_after\` on; those of any other kept response in few pieces. \`include\` has no effect: what the request that made
the response included is there.`,
  params: responseId,
  query: Query,
  body: t.Never(),
  reply: ResponseObject,
  event: ResponseEvent,
  framing: 'named',
  examples: [
    { name: 'a kept response', params: { id: 'resp_kept' }, reply: keptExample },
    {
      name: 'the last events of a kept response',
      params: { id: 'resp_kept' },
      query: { stream: 'true', starting_after: '5' },
      events: keptEvents,
    },
  ],
  refusals: {
    response_not_found: { params: { id: 'resp_absent' } },
    store_unavailable: { params: { id: 'resp_unreadable' } },
  },
  handle: (call) => (call.query.stream === 'true' ? streamed(call) : whole(call)),
})

async function whole({ params, query, services }: Call): Promise<ResponseObject> {
  const { response } = found(params.id, services)
  if (query.starting_after === undefined) return response
  throw refuse('invalid_parameter', { param: 'starting_after', problem: "it needs 'stream=true'" })
}

async function* streamed({ params, query, services, signal }: Call): AsyncGenerator<ResponseEvent> {
  const after = Number(query.starting_after ?? -1)
  const job = services.background.find(params.id)
  if (job) {
    yield* job.follow(after, signal)
    return
  }
  const { response, isElsewhere } = found(params.id, services)
  if (isElsewhere)
    throw refuse('invalid_parameter', {
      param: 'stream',
      problem: 'another server is making this response; fetch it without its events, or once it is done',
    })
  const kept = services.responses.events(params.id)
  yield* kept === undefined
    ? replayResponse(response, after)
    : readKeptEvents(kept).filter((event) => event.sequence_number > after)
}

function found(id: string, services: Call['services']): KeptResponse {
  const kept = findResponse(id, services)
  if (!kept) throw refuse('response_not_found', { param: 'response_id', response: id })
  return kept
}
