import { reviveError, ServerError } from '../core/errors.ts'
import type { GenerationEvent, GenerationRequest } from '../core/generation.ts'
import type { ModelEntry, ModelKind } from '../core/model.ts'
import type { LoadedModel } from '../core/runtime.ts'
import type { Lease, LeaseCall, WaitState } from '../engine/engine.ts'
import { type RouteRequest, refuse } from './define-route.ts'
import { refuseHopelessPrompt } from './hopeless-texts.ts'
import { generateInLanes, type LaneEvent } from './lanes.ts'

/** The part of a request that says who waits, and where the waiting is told. */
export type Waiting = Pick<RouteRequest, 'services' | 'signal' | 'wait'>

/** How a model is wanted. */
export interface Wanted extends Pick<LeaseCall, 'takesSlot' | 'keepAliveSeconds'> {
  readonly kind: ModelKind
  readonly model: ModelEntry
}

/**
 * Waits for a model, and for a slot of it unless that is not wanted, and tells how the waiting goes. Throws what
 * `Engine.lease` throws, and `ability_missing` when the model is of another kind, which it says without loading it.
 */
export async function leaseFor({ kind, model, ...how }: Wanted, waiting: Waiting): Promise<Lease> {
  if (model.kind !== kind)
    throw refuse('ability_missing', { param: 'model', model: model.id, ability: abilityOf[kind] })
  const onWait = (state: WaitState) => waiting.wait(describeWait(state))
  return waiting.services.engine.lease(model, { signal: waiting.signal, onWait, ...how })
}

/**
 * Waits for a model to be in memory, and keeps it there without taking a slot of it. Throws what `Engine.lease` throws.
 */
export function holdModel(model: ModelEntry, { services, signal, wait }: Waiting): Promise<Lease> {
  const onWait = (state: WaitState) => wait(describeWait(state))
  return services.engine.lease(model, { signal, onWait, takesSlot: false })
}

/** Generates with a leased model, and tells how far the prompt has been read. Throws what `generate` throws. */
export async function* generateWith(
  model: LoadedModel,
  request: GenerationRequest,
  waiting: Waiting,
): AsyncGenerator<GenerationEvent> {
  if (!model.generate)
    throw refuse('ability_missing', { param: 'model', model: model.model.id, ability: abilityOf.chat })
  refuseContext(request, model)
  refuseHopelessPrompt(request, model.facts.contextSize)
  waiting.wait('reading')
  for await (const event of model.generate(request, waiting.signal)) {
    if (event.type === 'prompt-progress') waiting.wait(`reading ${event.done}/${event.total}`)
    else waiting.wait('writing')
    yield event
  }
}

/** Whose answers are wanted. */
export interface WantedAnswers extends Pick<Wanted, 'model' | 'keepAliveSeconds'> {
  /** What the client calls the parameter that an error of a generation names. */
  readonly paramName?: (param: string, index: number) => string
}

/** Generates the answers to one request, as many at once as slots can be had. Throws what the first of them throws. */
export function generateAll(
  requests: readonly GenerationRequest[],
  { model, keepAliveSeconds, paramName }: WantedAnswers,
  waiting: Waiting,
): AsyncGenerator<LaneEvent> {
  const { services, wait } = waiting
  const wanted = { kind: 'chat', model, ...(keepAliveSeconds !== undefined && { keepAliveSeconds }) } as const
  return generateInLanes({
    count: requests.length,
    signal: waiting.signal,
    lease: (signal) => leaseFor(wanted, { services, wait, signal }),
    run(loaded, index, signal) {
      const events = generateWith(loaded, requestAt(requests, index), { services, wait, signal })
      return paramName ? named(events, (param) => paramName(param, index)) : events
    },
    freeSlots() {
      const status = services.engine.status(model.id)
      return status.state === 'ready' && status.waiting === 0 ? status.facts.slots - status.busy : 0
    },
    isWanted() {
      const status = services.engine.status(model.id)
      return status.state === 'ready' && status.waiting > 0
    },
  })
}

async function* named<Event>(events: AsyncIterable<Event>, name: (param: string) => string): AsyncGenerator<Event> {
  try {
    yield* events
  } catch (error) {
    if (!(error instanceof ServerError) || error.param === undefined) throw error
    throw reviveError({ code: error.code, facts: { ...error.facts, param: name(error.param) } })
  }
}

function requestAt(requests: readonly GenerationRequest[], index: number): GenerationRequest {
  const request = requests[index]
  if (!request) throw new RangeError(`There is no generation ${index}.`)
  return request
}

/** A request may ask for less context than the model was loaded with, and not for more. */
function refuseContext({ contextSize }: GenerationRequest, { facts }: LoadedModel): void {
  if (contextSize === undefined || contextSize <= facts.contextSize) return
  const problem = `the model is loaded with a context of ${facts.contextSize} tokens; set n_ctx: ${contextSize} in config.yaml`
  throw refuse('invalid_parameter', { param: 'num_ctx', problem })
}

const abilityOf = {
  chat: 'generate text',
  embedding: 'embed text',
  reranker: 'rank documents',
} as const satisfies Record<ModelKind, string>

function describeWait(state: WaitState): string {
  if (state.type === 'queued') return `queued ${state.position}`
  return `loading ${Math.floor(state.fraction * 100)}%`
}
