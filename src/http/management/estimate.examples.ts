import type { Estimate } from '../../protocol/management/memory.wire.ts'

/** What a fake model takes: as much as its file, and nothing besides. */
export const fakeEstimate = ({ bytes, n_ctx, slots }: { bytes: number; n_ctx: number; slots: number }): Estimate => ({
  main_bytes: bytes,
  device_bytes: 0,
  weights_bytes: bytes,
  cache_bytes: 0,
  compute_bytes: 0,
  draft_bytes: 0,
  adapter_bytes: 0,
  process_bytes: 0,
  n_ctx,
  slots,
  n_gpu_layers: 0,
  notes: [],
})
