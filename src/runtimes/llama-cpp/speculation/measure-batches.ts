import type { AddonContext } from '../addon.ts'
import type { BatchCost } from './batch-cost.ts'

/** Sizes of batches that are measured before the first request, the smallest ones always. */
const measuredSizes = [1, 2, 4, 8, 16, 32, 64]
const alwaysMeasured = 8
/** No size is measured that is expected to take longer than this: loading must not become slow for it. */
const mostMilliseconds = 500
/** A size that takes less than this is measured again, so often: other models may be loaded meanwhile. */
const [shortMilliseconds, mostPasses] = [300, 3]

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
  const least = new Map<number, number>()
  for (const size of measuredSizes) {
    const [before, known] = [...least].at(-1) ?? [size, 0]
    if (size > alwaysMeasured && (size > sizes.most || (known * size) / before > mostMilliseconds)) break
    least.set(size, await measure(size))
  }
  for (let pass = 1; pass < mostPasses; pass++) {
    // As many tokens in smaller batches: what took longer was disturbed.
    let inSmaller = Number.POSITIVE_INFINITY
    for (const [size, milliseconds] of least) {
      const takes = Math.min(milliseconds, inSmaller * size)
      if (takes < shortMilliseconds) least.set(size, Math.min(milliseconds, await measure(size)))
      inSmaller = Math.min(inSmaller, (least.get(size) ?? milliseconds) / size)
    }
  }
  let bound = Number.POSITIVE_INFINITY
  // What took longer than more tokens did was disturbed.
  for (const [size, milliseconds] of [...least].reverse()) {
    bound = Math.min(bound, milliseconds)
    least.set(size, bound)
  }
  for (const [size, milliseconds] of least) cost.observe(size, milliseconds)
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
