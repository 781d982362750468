import type { ModelHeader } from '../../core/model.ts'

/** An embedding is one batch, so every context has buffers for its longest input; all together hold so many tokens. */
const embeddingTokens = 16_384

/**
 * Tokens in one batch. A batch cannot be interrupted, so on a CPU a large model gets small ones: a client that leaves
 * is noticed, and others go on, in less than a second or so. Depends on nothing that changes from run to run, since
 * the grouping of tokens shows in the last digits of the result.
 */
export function fitBatchSize(header: ModelHeader, device: string): number {
  if (device !== 'cpu') return 512
  const gigabytes = header.tensorBytes / 1e9
  if (gigabytes < 1) return 512
  return gigabytes < 3 ? 256 : gigabytes < 8 ? 128 : 64
}

/**
 * Contexts of an embedding model on a CPU, and threads of each: as many contexts as threads, one thread each, as long as
 * their buffers together stay small. Long contexts get fewer of them and more threads. Pure.
 */
export function fitEmbeddingContexts({
  threads,
  contextSize,
}: {
  readonly threads: number
  readonly contextSize: number
}) {
  const count = Math.min(threads, Math.max(1, Math.floor(embeddingTokens / contextSize)))
  return { count, threadsEach: Math.max(1, Math.floor(threads / count)) }
}

/**
 * Tokens up to which a text is embedded without flash attention on a CPU; 0: none. ggml's kernel takes fewer than 64 rows
 * one by one, for which plain products are up to twice as fast; from 64 on it is the faster one. Known of models that
 * read a text at once, without a cache: those of BERT's family. Pure.
 */
export const shortEmbedding = ({ architecture }: Pick<ModelHeader, 'architecture'>): number =>
  architecture.includes('bert') ? 63 : 0

/**
 * How short texts share a decode on a CPU: where there are so many that it has 64 tokens, from where on ggml's flash
 * attention is the faster one. All tokens of a decode are set against all others, in tiles of 64, and most of that is thrown
 * away, so that more than two tiles would be slower.
 */
export const sharedEmbedding = { mostInputs: 16, fullTokens: 64, mostTokens: 128 }

/**
 * How a text is embedded on a CPU while nothing else is computed on the machine: the threads of its decode, and tokens up to
 * which it is done so, since the process hears nothing meanwhile. Measured with 2 threads; more than 4 are not taken, since a
 * small model has little for each. Nothing where its context has all threads anyway. Pure.
 */
export function loneEmbedding({ threads, threadsEach }: { readonly threads: number; readonly threadsEach: number }) {
  const chosen = Math.min(threads, 4)
  return chosen > threadsEach ? { threads: chosen, mostTokens: 512 } : undefined
}
