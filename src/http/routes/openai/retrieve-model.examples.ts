import type { Model } from '../../../protocol/openai/models.wire.ts'

/** The default chat model before its first request. */
export const chatModel: Model = {
  id: 'smollm2-135m-instruct',
  object: 'model',
  created: 1_730_000_000,
  owned_by: 'hearth',
  aliases: ['smollm2'],
  kind: 'chat',
  default: true,
  state: 'unloaded',
  context_length: 8192,
  context_length_trained: 8192,
  quantization: 'Q4_1',
  size_bytes: 98_000_000,
}

/** The default embedding model before its first request. */
export const embeddingModel: Model = {
  ...chatModel,
  id: 'all-minilm-l6-v2',
  aliases: ['minilm'],
  kind: 'embedding',
  context_length: 512,
  context_length_trained: 512,
  quantization: 'F16',
  size_bytes: 46_000_000,
}
