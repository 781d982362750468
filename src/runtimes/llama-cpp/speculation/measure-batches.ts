import type { AddonContext } from '../addon.ts'
import type { BatchCost } from './batch-cost.ts'

/** Batches that are measured before the first request, the first of them for nothing: it takes memory for itself. */
const measuredSizes = [1, 1, 2, 4, 8, 1, 8]

/** Learns what batches cost, from some that nobody asked for. No request may be running. */
export async function measureBatches(context: AddonContext, cost: BatchCost): Promise<void> {
  for (const [index, size] of measuredSizes.entries()) {
    context.initBatch(size)
    const tokens = new Uint32Array(size)
    context.addToBatch(0, 0, tokens, Uint32Array.from(tokens.keys()))
    const begunAt = performance.now()
    await context.decodeBatch()
    if (index > 0) cost.observe(size, performance.now() - begunAt)
    context.disposeSequence(0)
  }
}
