import type { LoadedModel, ModelMemory } from '../../../protocol/management/models.wire.ts'
import { fakeEstimate } from '../../management/estimate.examples.ts'

/** A model that nothing has used for a moment. */
export const residentExample: LoadedModel = {
  id: 'resident',
  kind: 'chat',
  state: 'ready',
  busy: 0,
  held: 0,
  waiting: 0,
  pinned: false,
  idle_seconds: 12,
  expires_in_seconds: 288,
  ready_seconds: 60,
  load_seconds: 0.5,
  n_ctx: 256,
  slots: 4,
  threads: 1,
  n_gpu_layers: 0,
  device: 'fake',
  notes: [],
  estimated_main_bytes: 64_000_000,
  estimated_device_bytes: 0,
  measured_main_bytes: 63_000_000,
}

export const residentMemoryExample: ModelMemory = {
  id: 'resident',
  state: 'ready',
  pinned: false,
  estimate: fakeEstimate({ bytes: 64_000_000, n_ctx: 256, slots: 4 }),
  measured_main_bytes: 63_000_000,
}
