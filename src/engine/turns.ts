import type { LoadedFacts, ModelEntry } from '../core/model.ts'

/** A model that is wanted stays for so many times as long as its load took: swapping takes a fifth of the time at most. */
const stayedForLoad = 4

/** And no longer than this, which others may have to wait for. */
export const mostStayedSeconds = 60

/** How long a model stays in memory at least as long as somebody wants it, by how long its load took. */
export const stayedSeconds = (loadSeconds: number) => Math.min(stayedForLoad * loadSeconds, mostStayedSeconds)

/** How long a model may go on to start requests while others wait for the processor. */
export const processorTurnSeconds = 10

/**
 * Threads that a model's requests keep busy. Those of chat models spin until they get a core, unless all layers are on a
 * GPU; a child for embeddings or ranking lets others go first, and a fake computes nothing.
 */
export function spinningThreads({ kind, header }: ModelEntry, { device, gpuLayers, threads }: LoadedFacts): number {
  if (kind !== 'chat' || device === 'fake') return 0
  const isOnGpu = device !== 'cpu' && header.blockCount !== undefined && gpuLayers >= header.blockCount
  return isOnGpu ? 0 : threads
}
