import type { ServerError } from './errors.ts'
import type { EmbeddingInput, EmbeddingResult, GenerationEvent, GenerationRequest } from './generation.ts'
import type { LoadedFacts, ModelEntry } from './model.ts'

/** A way to run models. Each folder of `runtimes/` exports one; the engine knows nothing else about it. */
export interface Runtime {
  readonly name: string
  /** Answers from the entry alone: no disk, no GPU, no network. */
  accepts(model: ModelEntry): boolean
  /** Bytes that the loaded model will take, as well as the entry alone can tell. */
  estimateBytes(model: ModelEntry): number
  /**
   * Rejects with `ServerError` only, and leaves nothing behind then: no process, no memory, no file. Once the signal
   * aborts it rejects with the signal's reason.
   */
  load(model: ModelEntry, options: LoadCall): Promise<LoadedModel>
}

export interface LoadCall {
  readonly signal: AbortSignal
  /** Called with 0 to 1 while the weights are read. */
  readonly onProgress?: (fraction: number) => void
}

/** What a loaded model can do is what it has: an absent method means that it cannot, and the route refuses. */
export interface LoadedModel extends AsyncDisposable {
  readonly model: ModelEntry
  readonly facts: LoadedFacts
  /** Resolves when the model is gone: with the error if it went by itself, with nothing after a disposal. */
  readonly closed: Promise<ServerError | undefined>
  /**
   * Ends with exactly one `generation-end` unless it throws a `ServerError`, which it may do at any event. When the
   * signal aborts, the slot is free after at most one more token, and the end (reason `aborted`) is the last event.
   * Never called more than `facts.slots` times at once.
   */
  generate?(request: GenerationRequest, signal: AbortSignal): AsyncIterable<GenerationEvent>
  /** Rejects with `context_length_exceeded` when one input does not fit; with the signal's reason once it aborts. */
  embed?(inputs: readonly EmbeddingInput[], signal: AbortSignal): Promise<EmbeddingResult>
}
