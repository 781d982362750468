/** Bytes of main memory and of the memory of the GPUs. On a machine without a GPU the second is 0. */
export interface MemoryBytes {
  readonly mainBytes: number
  readonly deviceBytes: number
}

/** What a model takes when it is loaded, part by part. The parts of both kinds of memory together are its sums. */
export interface MemoryEstimate extends MemoryBytes {
  readonly weightsBytes: number
  /** The key-value cache, of all slots. */
  readonly cacheBytes: number
  /** Activations, logits and other buffers of a batch. */
  readonly computeBytes: number
  /** Everything that a draft model takes; 0 without one. */
  readonly draftBytes: number
  /** LoRA adapters. */
  readonly adapterBytes: number
  /** What a process takes that runs any model. */
  readonly processBytes: number
  /**
   * Of the room that is left then, what it may take at most for the states of prompts, and not where the machine's memory is
   * scarce. Not among the sums. Absent: nothing.
   */
  readonly stateBytes?: number
  /** How it would be loaded: tokens that one request may fill, requests at once, layers on a GPU. */
  readonly contextSize: number
  readonly slots: number
  readonly gpuLayers: number
  /** What was chosen and why, a sentence each. */
  readonly notes: readonly string[]
}
