import type { EagerIterator } from '../core/eager-iterator.ts'
import { reviveError, ServerError } from '../core/errors.ts'
import type { GenerationEvent, GenerationRequest } from '../core/generation.ts'
import type { ModelEntry, ModelKind } from '../core/model.ts'
import type { LoadedModel } from '../core/runtime.ts'
import type { Lease, LeaseCall } from '../engine/engine.ts'
import { CountedGeneration } from './counted-generation.ts'
import { type RouteRequest, refuse } from './define-route.ts'
import { refuseHopelessPrompt } from './hopeless-texts.ts'
import { generateInLanes, type LaneEvent } from './lanes.ts'
import { observeGeneration } from './observing/observe-generation.ts'
import { TracedWait } from './observing/traced-wait.ts'
import type { RunningTask } from './running/running-request.ts'
import { working } from './running/work-state.ts'

/** The part of a request that says who waits, who pays, and where the waiting is told. */
export type Waiting = Pick<RouteRequest, 'services' | 'share' | 'signal' | 'running'>

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
  return takeTurn(model, waiting, { task: taskOf[kind], ...how })
}

/**
 * Waits for a model to be in memory, and keeps it there without taking a slot of it. Throws what `Engine.lease` throws.
 */
export function holdModel(model: ModelEntry, waiting: Waiting): Promise<Lease> {
  return takeTurn(model, waiting, { task: 'tokens', takesSlot: false })
}

/** Waits, and has the request listed and counted. */
async function takeTurn(
  model: ModelEntry,
  { services, share, signal, running }: Waiting,
  { task, ...how }: Pick<LeaseCall, 'takesSlot' | 'keepAliveSeconds'> & { readonly task: RunningTask },
): Promise<Lease> {
  const { engine, statistics, requests } = services
  if (running.begin({ model: model.id, task }, requests)) statistics.asked(model.id)
  const traced = TracedWait.begin(running, model.id)
  const onWait: LeaseCall['onWait'] = (state) => {
    running.state = state
    traced?.note(state)
  }
  const lease = await engine.lease(model, { signal, share, onWait, ...how }).catch((error: unknown) => {
    traced?.end(error)
    throw error
  })
  running.state = working
  traced?.end()
  const waited = running.go()
  if (waited !== undefined) statistics.waited(model.id, waited, share)
  return lease
}

/**
 * Generates with a leased model, and tells how far the prompt has been read. Throws at once what is wrong with the
 * request for this model, and later what `generate` throws, as `toError` has it.
 */
export function generateWith(
  model: LoadedModel,
  request: GenerationRequest,
  { services, signal, running, toError }: Waiting & { readonly toError?: (error: unknown) => unknown },
): EagerIterator<GenerationEvent> {
  if (!model.generate)
    throw refuse('ability_missing', { param: 'model', model: model.model.id, ability: abilityOf.chat })
  refuseContext(request, model)
  refuseHopelessPrompt(request, model.facts.contextSize)
  running.generates(request)
  const { id } = model.model
  return new CountedGeneration({
    source: model.generate(request, signal),
    signal,
    ...observeGeneration({ services, running, request, model: id, toError }),
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

const taskOf = {
  chat: 'generation',
  embedding: 'embedding',
  reranker: 'ranking',
} as const satisfies Record<ModelKind, RunningTask>

const abilityOf = {
  chat: 'generate text',
  embedding: 'embed text',
  reranker: 'rank documents',
} as const satisfies Record<ModelKind, string>
