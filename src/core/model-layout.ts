/**
 * What the head of a file says of a model's inside, as far as the memory that it takes depends on it. Blocks are counted from
 * the input. Bytes are those of tensors.
 */
export interface ModelLayout {
  /** The table with the vectors of the tokens, which is always in main memory. */
  readonly embeddingBytes: number
  /** The name of its type. */
  readonly embeddingType?: string
  /** The projection onto the vocabulary. 0: the table of the tokens serves as one. */
  readonly outputBytes: number
  /** Of matrices whose rows can be rearranged for a processor's vector units, by the name of their type. */
  readonly matrixBytes: Readonly<Record<string, number>>
  /** Bytes of all tensors that the figures above were taken from. */
  readonly describedBytes: number
  /** Largest over the blocks; of an expert, where there are several, and how many of them a token goes through. */
  readonly feedForwardLength?: number
  readonly expertFeedForwardLength?: number
  readonly expertUsedCount?: number
  /** One a block, where blocks differ. */
  readonly headCountsKeyValue?: readonly number[]
  readonly slidingWindow?: SlidingWindow
  /** Whether keys and values are kept as one compressed vector (multi-head latent attention, arXiv:2405.04434). */
  readonly hasLatentAttention?: boolean
  /** Blocks at the end that use the keys and values of earlier ones. */
  readonly sharedCacheBlocks?: number
  /** Blocks at the end that predict further tokens, and take no part in generating. */
  readonly predictionBlocks?: number
  readonly recurrence?: Recurrence
}

/** Blocks that see only the last tokens. */
export interface SlidingWindow {
  /** Tokens. */
  readonly size?: number
  /** Which blocks have a window; or of how many consecutive blocks one has none. */
  readonly pattern?: readonly boolean[] | number
  readonly keyLength?: number
  readonly valueLength?: number
}

/** What the state of recurrent blocks (Mamba, RWKV and their like) is made of; all sizes are counts of numbers. */
export interface Recurrence {
  readonly convolutionLength?: number
  readonly innerSize?: number
  readonly stateSize?: number
  readonly groupCount?: number
  readonly headSize?: number
  readonly tokenShiftCount?: number
  readonly shortConvolutionLength?: number
  readonly deltaHeadSize?: number
  /** Every how many blocks one has attention in place of a state. */
  readonly attentionInterval?: number
  readonly recurrentBlocks?: readonly boolean[]
}
