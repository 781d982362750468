import type { AddonContext } from '../addon.ts'
import type { BatchCost } from './batch-cost.ts'

/** Sizes of batches that are measured before the first request, the smallest ones always. */
const measuredSizes = [1, 2, 4, 8, 16, 32, 64]
const alwaysMeasured = 8
/** No size is measured that is expected to take longer than this: loading must not become slow for it. */
const mostMilliseconds = 500
/** A size that takes less than this is measured twice: the machine may have been busy at the first time. */
const shortMilliseconds = 100

interface Sizes {
  /** Tokens of a batch, at most. */
  readonly most: number
  /** Of a batch, at most so many tokens have logits. */
  readonly mostWithLogits: number
}

/**
 * Learns what batches cost, from some that nobody asked for: as far as large ones, since what is inferred from small ones
 * may be wrong by a quarter. No request may be running.
 */
export async function measureBatches(context: AddonContext, cost: BatchCost, sizes: Sizes): Promise<void> {
  const measure = (size: number) => measureBatch(context, size, Math.min(size, sizes.mostWithLogits))
  // The very first one takes memory for itself.
  await measure(1)
  for (const size of measuredSizes) {
    if (size > alwaysMeasured && (size > sizes.most || cost.milliseconds(size) > mostMilliseconds)) return
    const first = await measure(size)
    cost.observe(size, first < shortMilliseconds ? Math.min(first, await measure(size)) : first)
  }
}

/** Milliseconds of a batch that has logits for its last tokens. */
async function measureBatch(context: AddonContext, size: number, withLogits: number): Promise<number> {
  context.initBatch(size)
  const places = Uint32Array.from({ length: withLogits }, (_, index) => size - withLogits + index)
  context.addToBatch(0, 0, new Uint32Array(size), places)
  const begunAt = performance.now()
  await context.decodeBatch()
  const milliseconds = performance.now() - begunAt
  context.disposeSequence(0)
  return milliseconds
}
