import type { ModelKind } from '../../core/model.ts'
import type { ResidentModel } from '../../engine/engine.ts'
import type { LoadedHealth } from '../../protocol/management/health.wire.ts'

/** A model in memory, as Lemonade's clients read it; nothing where it is not there yet. `now`: milliseconds since 1970. */
export function fromLoadedHealth(resident: ResidentModel, now: number): LoadedHealth | undefined {
  const { entry, facts, state, isPinned, busy, held, idleSeconds = 0 } = resident
  if (state !== 'ready' || !facts) return undefined
  return {
    model_name: entry.id,
    type: typeOf[entry.kind],
    device: facts.gpuLayers > 0 ? 'gpu' : 'cpu',
    recipe: 'llamacpp',
    recipe_options: { ctx_size: facts.contextSize },
    pinned: isPinned,
    is_busy: busy + held > 0,
    last_use: Number((now / 1000 - idleSeconds).toFixed(3)),
  }
}

const typeOf = {
  chat: 'llm',
  embedding: 'embedding',
  reranker: 'reranking',
} as const satisfies Record<ModelKind, LoadedHealth['type']>
