import type { GenerationRequest } from '../../core/generation.ts'
import type { ModelEntry } from '../../core/model.ts'
import { toKeepAlive } from '../../protocol/openai/keep-alive.ts'
import { beginResponse } from '../../protocol/openai/responses/begin-response.ts'
import type { Item } from '../../protocol/openai/responses/items.wire.ts'
import { listTools } from '../../protocol/openai/responses/list-tools.ts'
import { readInput, toItem } from '../../protocol/openai/responses/read-input.ts'
import type { InputTokensRequest, ResponseRequest } from '../../protocol/openai/responses/request.wire.ts'
import { ResponseMachine } from '../../protocol/openai/responses/response-machine.ts'
import { type Items, isKept, toGeneration } from '../../protocol/openai/responses/to-generation.ts'
import { answerHead } from '../answer-head.ts'
import { refuse } from '../define-route.ts'
import type { Services } from '../services.ts'
import { keptState } from './kept-response.ts'

/** A response that can be begun. */
export interface PreparedResponse {
  readonly model: ModelEntry
  readonly keepAliveSeconds: number | undefined
  readonly request: GenerationRequest
  readonly machine: ResponseMachine
  /** What this request adds to the conversation. */
  readonly input: readonly Item[]
  readonly isKept: boolean
}

/**
 * Reads a request, with the conversation that it continues. Throws what can be said before a model does anything:
 * unknown models and responses, what is not here, and a store that cannot keep what is to be kept.
 */
export async function prepareResponse(body: ResponseRequest, services: Services): Promise<PreparedResponse> {
  const model = await services.models.find(body.model ?? undefined, 'chat')
  if (model.kind !== 'chat')
    throw refuse('ability_missing', { param: 'model', model: model.id, ability: 'generate text' })
  const keepAliveSeconds = toKeepAlive(body)
  const kept = isKept(body)
  if (kept) services.responses.check()
  const items = readItems(body, services)
  const request = { ...toGeneration(body, items, model.defaults), isWatched: isWatched(body) }
  const machine = new ResponseMachine({
    response: beginResponse(body, request, answerHead('resp_', model, services)),
    newId: services.newId,
    now: () => Math.floor(services.now() / 1000),
    tools: new Map(listTools(body).map(({ tool, called }) => [tool.name, called])),
    encodesReasoning: (body.include ?? []).includes('reasoning.encrypted_content'),
  })
  return { model, keepAliveSeconds, request, machine, input: items.input, isKept: kept }
}

/** A response in the background may be followed by anybody, from any moment on. */
const isWatched = ({ stream, background }: ResponseRequest): boolean => stream === true || background === true

/** The items of the responses before this one, and those of the request. Throws `previous_response_not_found` and others. */
export function readItems(body: InputTokensRequest, services: Services): Items {
  const { responses: store, newId } = services
  const previous = body.previous_response_id ?? undefined
  const before = previous === undefined ? [] : conversation(previous, services)
  const input = readInput(body.input ?? [], {
    newId,
    before: new Set(before.map((item) => item.id)),
    find: (id) => {
      const kept = store.item(id)
      return kept && toItem(kept.body)
    },
  })
  return { before, input }
}

function conversation(previous: string, services: Services): readonly Item[] {
  const param = 'previous_response_id'
  const state = keptState(previous, services)
  if (state === undefined) throw refuse('previous_response_not_found', { param, response: previous })
  if (state !== 'completed' && state !== 'incomplete')
    throw refuse('invalid_parameter', { param, problem: `the response '${previous}' is ${state}` })
  return services.responses.conversation(previous, param).map((item) => toItem(item.body))
}

/** Keeps a response that is done, with what it answers. Throws `store_unavailable`. */
export function keepResponse(
  { machine, input }: PreparedResponse,
  state: 'running' | 'done',
  services: Services,
): void {
  const { output, ...body } = machine.response
  services.responses.add(
    {
      id: body.id,
      ...(body.previous_response_id !== null && { previousId: body.previous_response_id }),
      createdSeconds: body.created_at,
      isBackground: body.background,
      body,
      output: output.map((item) => ({ id: item.id, body: item })),
    },
    input.map((item) => ({ id: item.id, body: item })),
    state,
  )
}

/** Writes what became of a response. Answers false when it was deleted meanwhile. Throws `store_unavailable`. */
export function updateResponse({ machine }: PreparedResponse, state: 'running' | 'done', services: Services): boolean {
  const { output, ...body } = machine.response
  const items = output.map((item) => ({ id: item.id, body: item }))
  return services.responses.update({ id: body.id, body, output: items }, state)
}
