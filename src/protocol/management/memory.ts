import type { MemoryBytes, MemoryEstimate } from '../../core/memory.ts'
import type { Estimate, Memory } from './memory.wire.ts'

export const fromMemory = ({ mainBytes, deviceBytes }: MemoryBytes): Memory => ({
  main_bytes: whole(mainBytes),
  device_bytes: whole(deviceBytes),
})

export const fromEstimate = (estimate: MemoryEstimate): Estimate => ({
  ...fromMemory(estimate),
  weights_bytes: whole(estimate.weightsBytes),
  cache_bytes: whole(estimate.cacheBytes),
  compute_bytes: whole(estimate.computeBytes),
  draft_bytes: whole(estimate.draftBytes),
  adapter_bytes: whole(estimate.adapterBytes),
  process_bytes: whole(estimate.processBytes),
  n_ctx: estimate.contextSize,
  slots: estimate.slots,
  n_gpu_layers: estimate.gpuLayers,
  notes: [...estimate.notes],
})

/** Memory that is short may be less than nothing, and unlimited memory has no number. */
const whole = (bytes: number) => Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, Math.round(bytes)))
