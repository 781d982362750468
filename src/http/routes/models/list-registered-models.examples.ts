import type { RegisteredModel } from '../../../protocol/management/models.wire.ts'

const chat: RegisteredModel = {
  id: 'smollm2-135m-instruct',
  aliases: ['smollm2'],
  kind: 'chat',
  state: 'installed',
  memory_state: 'unloaded',
  catalogued: false,
  configured: false,
  pinned: false,
  architecture: 'fake',
  quantization: 'Q4_1',
  context_length_trained: 8192,
  size_bytes: 98_000_000,
}

/** What the server knows of before the first request. */
export const registeredExample: RegisteredModel[] = [
  chat,
  {
    ...chat,
    id: 'all-minilm-l6-v2',
    aliases: ['minilm'],
    kind: 'embedding',
    quantization: 'F16',
    context_length_trained: 512,
    size_bytes: 46_000_000,
  },
  {
    id: 'truncated',
    aliases: [],
    state: 'unusable',
    catalogued: false,
    configured: false,
    problem: 'The file ends in the middle of its header.',
  },
  {
    id: 'catalogued',
    aliases: [],
    kind: 'chat',
    state: 'available',
    catalogued: true,
    configured: false,
    size_bytes: 640_000_000,
    license: 'apache-2.0',
  },
]
