import type { Preset } from '../preset.ts'

/**
 * Cerebras Inference. Its own clients are given the address without /v1. Its errors have no `error` around them
 * (`{message, type, param, code}`); a full queue is 429 with the code `queue_exceeded` or 503, often without Retry-After, while
 * `x-ratelimit-reset-…` say in seconds when its limits of a minute and of a day are over.
 */
export const cerebras: Preset = {
  name: 'cerebras',
  about: 'Cerebras Inference, in the cloud',
  address: 'https://api.cerebras.ai/v1',
  usualPath: '/v1',
  needsKey: true,
  abilities: ['models', 'chat', 'completions', 'files', 'batches'],
  tellsStreamUsage: true,
  healthPath: 'models',
}
