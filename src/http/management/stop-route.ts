import { Type as t } from '@sinclair/typebox'
import { StopReply, StopRequest } from '../../protocol/management/requests.wire.ts'
import { defineRoute, type Route, type RouteRequest, refuse } from '../define-route.ts'
import { findUpstream } from '../providers/upstream-name.ts'
import type { RunningRequest } from '../running/running-request.ts'
import type { Services } from '../services.ts'
import { stopRequests } from './stop-requests.ts'

type Call = RouteRequest<unknown, unknown, StopRequest>

const description = `Ends generations that run or wait: all of them, those of one \`model\`, or the one of an \`id\`. Their clients get the error
\`request_stopped\`, as the answer or as the last event of the stream; models stay in memory. Texts that are embedded, loads
and downloads go on.

\`\`\`sh
curl -X POST http://127.0.0.1:8080/v1/generation/stop
\`\`\``

const example = {
  name: 'all of them',
  reply: {
    stopped: 1,
    requests: [{ id: 'req-example', operation: 'openai.createChatCompletion', model: 'smollm2-135m-instruct' }],
  },
}

/** The route that ends generations, under one of its paths. */
export const stopRoute = (path: `/${string}`, operationId: `system.${string}`): Route =>
  defineRoute({
    method: 'POST',
    path,
    operationId,
    summary: 'End the generations that run',
    description,
    params: t.Object({}),
    query: t.Object({}),
    body: StopRequest,
    isBodyOptional: true,
    reply: StopReply,
    event: t.Never(),
    examples: [{ ...example, send: {} }],
    refusals: {
      request_not_found: { send: { id: 'absent' } },
      model_not_found: { send: { model: 'absent' } },
      model_not_installed: { send: { model: 'catalogued' } },
    },
    handle: (call) => stop(call),
  })

/** As the first one, of all generations, by a GET: for whoever has only a browser. */
export const haltRoute = (path: `/${string}`, operationId: `system.${string}`): Route =>
  defineRoute({
    method: 'GET',
    path,
    operationId,
    summary: 'End all generations that run',
    description: `${description}\n\nA GET that changes something: a page of another site cannot have a browser send it.`,
    params: t.Object({}),
    query: t.Object({}),
    body: t.Never(),
    changesState: true,
    reply: StopReply,
    event: t.Never(),
    examples: [example],
    refusals: {},
    handle: async ({ services }) => stopRequests(isGeneration, services),
  })

async function stop({ body, services }: Call): Promise<StopReply> {
  const { id, model: name } = body
  const model = name === undefined || name === null ? undefined : await idOf(name, services)
  const isMeant = (request: RunningRequest) =>
    isGeneration(request) && (model === undefined || request.model === model) && (!id || request.id === id)
  const reply = stopRequests(isMeant, services)
  if (id && reply.stopped === 0) throw refuse('request_not_found', { param: 'id', request: id })
  return reply
}

const isGeneration = ({ task }: RunningRequest) => task === 'generation'

async function idOf(name: string, services: Services): Promise<string> {
  const upstream = await findUpstream(name, services)
  return upstream?.id ?? (await services.models.find(name, 'chat')).id
}
