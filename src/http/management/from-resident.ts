import type { ResidentModel } from '../../engine/engine.ts'
import { fromEstimate } from '../../protocol/management/memory.ts'
import type { LoadedModel, ModelMemory } from '../../protocol/management/models.wire.ts'

/** A model in memory, as GET /v1/models/loaded shows it. */
export function fromResident(resident: ResidentModel): LoadedModel {
  const { entry, state, facts, idleSeconds, secondsLeft, readySeconds, loadSeconds, measuredBytes } = resident
  const { main_bytes, device_bytes } = fromEstimate(resident.estimate)
  return {
    id: entry.id,
    kind: entry.kind,
    state,
    ...(state === 'loading' && { progress: resident.fraction }),
    busy: resident.busy,
    held: resident.held,
    waiting: resident.waiting,
    pinned: resident.isPinned,
    ...(idleSeconds !== undefined && { idle_seconds: round(idleSeconds) }),
    ...(secondsLeft !== undefined && Number.isFinite(secondsLeft) && { expires_in_seconds: round(secondsLeft) }),
    ...(readySeconds !== undefined && { ready_seconds: round(readySeconds) }),
    ...(loadSeconds !== undefined && { load_seconds: round(loadSeconds) }),
    ...(facts && {
      n_ctx: facts.contextSize,
      slots: facts.slots,
      threads: facts.threads,
      n_gpu_layers: facts.gpuLayers,
      device: facts.device,
      notes: [...facts.notes],
    }),
    ...(facts?.draft && { draft: facts.draft }),
    estimated_main_bytes: main_bytes,
    estimated_device_bytes: device_bytes,
    ...(measuredBytes !== undefined && { measured_main_bytes: measuredBytes }),
  }
}

/** The memory of a model, as GET /v1/resources/loaded-models shows it. */
export const fromResidentMemory = ({
  entry,
  state,
  isPinned,
  estimate,
  measuredBytes,
}: ResidentModel): ModelMemory => ({
  id: entry.id,
  state,
  pinned: isPinned,
  estimate: fromEstimate(estimate),
  ...(measuredBytes !== undefined && { measured_main_bytes: measuredBytes }),
})

/** Milliseconds are enough. */
const round = (seconds: number) => Number(seconds.toFixed(3))
