import type { ServerError } from './errors.ts'
import type {
  EmbeddingInput,
  EmbeddingOptions,
  EmbeddingResult,
  GenerationEvent,
  GenerationRequest,
  MessagesPrompt,
  OutputFormat,
  RenderedPrompt,
  RerankResult,
  TokenizeOptions,
  TokenPiece,
} from './generation.ts'
import type { MemoryBytes, MemoryEstimate } from './memory.ts'
import type { LoadedFacts, ModelEntry } from './model.ts'

/** A way to run models. Each folder of `runtimes/` exports one; the engine knows nothing else about it. */
export interface Runtime {
  readonly name: string
  /** Answers from the entry alone: no disk, no GPU, no network. */
  accepts(model: ModelEntry): boolean
  /**
   * The memory without which it makes no sense to load the model: weights and buffers, and a cache of the context that its
   * entry asks for, or of a comfortable one where the entry leaves it open. From the entry alone, as all estimates. Where
   * the entry leaves open what goes on a GPU, that is what fits there: into the room, or into all that there is.
   */
  least(model: ModelEntry, room?: MemoryBytes): MemoryBytes
  /** What the model will take where it may have so much: an open context grows into the room, and not beyond it. */
  estimate(model: ModelEntry, room: MemoryBytes): MemoryEstimate
  /**
   * Rejects with `ServerError` only, and leaves nothing behind then: no process, no memory, no file. Where it was memory
   * that could not be had, `model_load_failed` says so (`lacksMemory`). Once the signal aborts it rejects with the signal's
   * reason.
   */
  load(model: ModelEntry, options: LoadCall): Promise<LoadedModel>
}

export interface LoadCall {
  readonly signal: AbortSignal
  /** What the model may take; Infinity: nobody knows. Absent: all that the machine can give. */
  readonly room?: MemoryBytes
  /** Called with 0 to 1 while the weights are read. */
  readonly onProgress?: (fraction: number) => void
  /** Called whenever the facts of the loaded model have changed. */
  readonly onFacts?: (facts: LoadedFacts) => void
}

/** What a loaded model can do is what it has: an absent method means that it cannot, and the route refuses. */
export interface LoadedModel extends AsyncDisposable {
  readonly model: ModelEntry
  /** As they are now. */
  readonly facts: LoadedFacts
  /** Bytes of main memory that it takes now, measured; absent where that cannot be measured. */
  memoryBytes?(): number | undefined
  /** Those of them that the system counts as available all the same: weights that are mapped from their file. */
  reclaimableBytes?(): number | undefined
  /** As its disposal, but at once: what it is working on fails with this error. Absent: there is no hurry with it. */
  cut?(error: ServerError): Promise<void>
  /** Resolves when the model is gone: with the error if it went by itself, with nothing after a disposal. */
  readonly closed: Promise<ServerError | undefined>
  /**
   * Ends with exactly one `generation-end` unless it throws a `ServerError`, which it may do at any event. When the
   * signal aborts, the slot is free after at most one more token, and the end (reason `aborted`) is the last event.
   * Never called more than `facts.slots` times at once.
   */
  generate?(request: GenerationRequest, signal: AbortSignal): AsyncIterable<GenerationEvent>
  /**
   * Rejects with `context_length_exceeded` when one input does not fit and is not to be cut; with the signal's reason
   * once it aborts.
   */
  embed?(inputs: readonly EmbeddingInput[], options: EmbeddingOptions, signal: AbortSignal): Promise<EmbeddingResult>
  /** Says how relevant each document is for the query; rejects as `embed`. Only reranker models have it. */
  rerank?(
    call: { readonly query: string; readonly documents: readonly string[] } & EmbeddingOptions,
    signal: AbortSignal,
  ): Promise<RerankResult>
  // What follows takes no slot: it may be called at any time, beside running generations.
  tokenize(text: string, options: TokenizeOptions, signal: AbortSignal): Promise<readonly TokenPiece[]>
  /** Control tokens come by their names. Rejects with `invalid_parameter` (`tokens`) for ids that there are not. */
  detokenize(tokens: readonly number[], signal: AbortSignal): Promise<string>
  /** The prompt of a conversation, with the tools and the format that it is to be generated with; rejects as `generate`. */
  render?(prompt: MessagesPrompt, format: OutputFormat | undefined, signal: AbortSignal): Promise<RenderedPrompt>
}
