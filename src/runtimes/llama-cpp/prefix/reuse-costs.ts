/** What it costs to reuse what is in memory, each in tokens of a prompt that could be read in the same time. */
export interface ReuseCosts {
  /** Copying one slot to another, or filling it from a file. */
  readonly copy: number
  /** One batch more, before the first token of an answer. */
  readonly batch: number
  /** From so many tokens on it pays to keep what a slot is about to lose: most of it is never asked for again. */
  readonly leastSaved: number
}

interface ReuseFacts {
  /** Bytes of the keys and values of one slot when it is full. */
  readonly slotBytes: number
  /** Bytes of the model's tensors. */
  readonly weightBytes: number
  readonly isOnGpu: boolean
}

/**
 * llama.cpp copies a slot whole, however little of it is in use, and plans its memory anew after it. A token that is
 * read costs two operations a weight, a byte that is copied only its way through memory, so their ratio depends on the
 * kind of machine more than on its size. Measured on two cores with SmolLM2-135M (92 MB): 47 MB take as long as 4
 * tokens, 188 MB as 8; a batch more takes as long as 3; a file of 1,000 tokens is written in the time of 4 and read in that of 2. A
 * GPU reads a hundred tokens in the time of one. Pure.
 */
export function reuseCosts({ slotBytes, weightBytes, isOnGpu }: ReuseFacts): ReuseCosts {
  const perSize = weightBytes > 0 ? slotBytes / weightBytes : 1
  return isOnGpu
    ? { copy: 32 + Math.ceil(30 * perSize), batch: 128, leastSaved: 512 }
    : { copy: 4 + Math.ceil(6 * perSize), batch: 4, leastSaved: 64 }
}
