import type { LoadModelEvent, LoadModelReply, LoadModelRequest } from '../../protocol/management/load.wire.ts'
import { fakeEstimate } from './estimate.examples.ts'

const reply: LoadModelReply = {
  status: 'success',
  message: 'Loaded: smollm2-135m-instruct, 2 × 4096 tokens on fake',
  model: 'smollm2-135m-instruct',
  outcome: 'loaded',
  changed: [],
  evicted: [],
  seconds: 0,
  n_ctx: 4096,
  slots: 2,
  threads: 1,
  n_gpu_layers: 0,
  device: 'fake',
  notes: [],
  estimate: fakeEstimate({ bytes: 98_000_000, n_ctx: 4096, slots: 2 }),
}

const send: LoadModelRequest = { model: 'smollm2-135m-instruct', n_ctx: 4096, slots: 2, keep_alive: '30m' }

export const loadExamples = [
  { name: 'with a context of its own', send, reply },
  {
    name: 'with its progress',
    send: { ...send, stream: true },
    events: [
      { type: 'progress', model: 'smollm2-135m-instruct', progress: 0 },
      { type: 'complete', ...reply },
    ] as [LoadModelEvent, ...LoadModelEvent[]],
  },
] as const satisfies readonly unknown[]

export const loadRefusals = {
  model_not_found: { send: { model: 'absent' } },
  model_not_installed: { send: { model: 'catalogued' } },
  model_load_failed: { send: { model: 'broken' } },
  model_does_not_fit: { send: { model: 'huge' } },
} as const
