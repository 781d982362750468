import { type Static, Type as t } from '@sinclair/typebox'

const bytes = (description?: string) => t.Integer({ minimum: 0, ...(description && { description }) })

/** Bytes of both kinds of memory. */
export const Memory = t.Object({
  main_bytes: bytes('Main memory.'),
  device_bytes: bytes('Memory of the GPUs; 0 where there are none, or where nobody knows it.'),
})
export type Memory = Static<typeof Memory>

/** What a model takes, part by part. */
export const Estimate = t.Object({
  main_bytes: bytes('Main memory, of all parts together.'),
  device_bytes: bytes('Memory of the GPUs, of all parts together.'),
  weights_bytes: bytes('The tensors of the file.'),
  cache_bytes: bytes('The key-value cache, of all slots.'),
  compute_bytes: bytes('Activations, logits and other buffers.'),
  draft_bytes: bytes('Everything that a draft model takes.'),
  adapter_bytes: bytes('LoRA adapters.'),
  process_bytes: bytes('What a process takes that runs any model.'),
  n_ctx: t.Integer({ description: 'Tokens that one request may fill, prompt and answer together.' }),
  slots: t.Integer({ description: 'Requests at once.' }),
  n_gpu_layers: t.Integer({ description: 'Layers on a GPU.' }),
  notes: t.Array(t.String(), { description: 'What was chosen and why, a sentence each.' }),
})
export type Estimate = Static<typeof Estimate>
