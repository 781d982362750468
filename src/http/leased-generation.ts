import { type EagerIterator, translate } from '../core/eager-iterator.ts'
import { reviveError, ServerError } from '../core/errors.ts'
import type { GenerationEvent, GenerationRequest } from '../core/generation.ts'
import type { ModelEntry, ModelKind } from '../core/model.ts'
import type { LoadedModel } from '../core/runtime.ts'
import type { Lease, LeaseCall, WaitState } from '../engine/engine.ts'
import { type RouteRequest, refuse } from './define-route.ts'
import { refuseHopelessPrompt } from './hopeless-texts.ts'
import { generateInLanes, type LaneEvent } from './lanes.ts'

/** The part of a request that says who waits, who pays, and where the waiting is told. */
export type Waiting = Pick<RouteRequest, 'services' | 'share' | 'signal' | 'wait'>

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
  const { signal, share } = waiting
  return waiting.services.engine.lease(model, { signal, share, onWait, ...how })
}

/**
 * Waits for a model to be in memory, and keeps it there without taking a slot of it. Throws what `Engine.lease` throws.
 */
export function holdModel(model: ModelEntry, { services, share, signal, wait }: Waiting): Promise<Lease> {
  const onWait = (state: WaitState) => wait(describeWait(state))
  return services.engine.lease(model, { signal, share, onWait, takesSlot: false })
}

/**
 * Generates with a leased model, and tells how far the prompt has been read. Throws at once what is wrong with the
 * request for this model, and later what `generate` throws, as `toError` has it.
 */
export function generateWith(
  model: LoadedModel,
  request: GenerationRequest,
  { signal, wait, toError }: Pick<Waiting, 'signal' | 'wait'> & { readonly toError?: (error: unknown) => unknown },
): EagerIterator<GenerationEvent> {
  if (!model.generate)
    throw refuse('ability_missing', { param: 'model', model: model.model.id, ability: abilityOf.chat })
  refuseContext(request, model)
  refuseHopelessPrompt(request, model.facts.contextSize)
  wait('reading')
  return translate(model.generate(request, signal), {
    push(event) {
      wait(event.type === 'prompt-progress' ? `reading ${event.done}/${event.total}` : 'writing')
      return [event]
    },
    ...(toError && {
      recover(error: unknown) {
        throw toError(error)
      },
    }),
  })
}

/** Whose answers are wanted. */
export interface WantedAnswers extends Pick<Wanted, 'model' | 'keepAliveSeconds'> {
  /** Whether the answers are told as they are made. */
  readonly isWatched: boolean
  /** What the client calls the parameter that an error of a generation names. */
  readonly paramName?: (param: string, index: number) => string
}

/** Generates the answers to one request, as many at once as slots can be had. Throws what the first of them throws. */
export function generateAll(
  requests: readonly GenerationRequest[],
  { model, isWatched, keepAliveSeconds, paramName }: WantedAnswers,
  waiting: Waiting,
): AsyncIterable<LaneEvent> {
  const { services } = waiting
  const wanted = { kind: 'chat', model, ...(keepAliveSeconds !== undefined && { keepAliveSeconds }) } as const
  return generateInLanes({
    count: requests.length,
    signal: waiting.signal,
    lease: (signal) => leaseFor(wanted, { ...waiting, signal }),
    run(loaded, index, signal) {
      const toError = (error: unknown) => (paramName ? named(error, (param) => paramName(param, index)) : error)
      try {
        return generateWith(loaded, { ...requestAt(requests, index), isWatched }, { ...waiting, signal, toError })
      } catch (error) {
        throw toError(error)
      }
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

/** The error with the name that the client has for its parameter. */
function named(error: unknown, name: (param: string) => string): unknown {
  if (!(error instanceof ServerError) || error.param === undefined) return error
  return reviveError({ code: error.code, facts: { ...error.facts, param: name(error.param) } })
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
