import type { GenerationEvent, GenerationRequest } from '../core/generation.ts'
import type { ModelEntry } from '../core/model.ts'
import type { LoadedModel } from '../core/runtime.ts'
import type { Lease, WaitState } from '../engine/engine.ts'
import { type RouteRequest, refuse } from './define-route.ts'

/** The part of a request that says who waits, and where the waiting is told. */
export type Waiting = Pick<RouteRequest, 'services' | 'signal' | 'wait'>

/**
 * Waits for a slot of the model and tells how the waiting goes. Throws what `Engine.lease` throws, and `ability_missing`
 * when the model is of another kind, which it says without loading it.
 */
export async function leaseFor(kind: ModelEntry['kind'], model: ModelEntry, waiting: Waiting): Promise<Lease> {
  if (model.kind !== kind)
    throw refuse('ability_missing', { param: 'model', model: model.id, ability: abilityOf[kind] })
  const onWait = (state: WaitState) => waiting.wait(describeWait(state))
  return waiting.services.engine.lease(model, { signal: waiting.signal, onWait })
}

/** Generates with a leased model, and tells how far the prompt has been read. Throws what `generate` throws. */
export async function* generateWith(
  model: LoadedModel,
  request: GenerationRequest,
  waiting: Waiting,
): AsyncGenerator<GenerationEvent> {
  if (!model.generate)
    throw refuse('ability_missing', { param: 'model', model: model.model.id, ability: abilityOf.chat })
  waiting.wait('reading')
  for await (const event of model.generate(request, waiting.signal)) {
    if (event.type === 'prompt-progress') waiting.wait(`reading ${event.done}/${event.total}`)
    if (event.type === 'text-delta') waiting.wait('writing')
    yield event
  }
}

const abilityOf = { chat: 'generate text', embedding: 'embed text', reranker: 'rank documents' } as const

function describeWait(state: WaitState): string {
  if (state.type === 'queued') return `queued ${state.position}`
  return `loading ${Math.floor(state.fraction * 100)}%`
}
