import type { MemoryBytes, MemoryEstimate } from '../core/memory.ts'
import type { LoadedFacts, LoadOptions, ModelEntry } from '../core/model.ts'
import type { LoadedModel } from '../core/runtime.ts'

/** A loaded model, held until it is disposed of, with one of its slots unless the call said otherwise. */
export interface Lease extends Disposable {
  readonly model: LoadedModel
}

/** Why a request has not started yet. */
export type WaitState =
  /** Place in the model's queue; 1 is next. It may grow when others come, whose share has had less. */
  | { readonly type: 'queued'; readonly position: number }
  /** 0 to 1. */
  | { readonly type: 'loading'; readonly fraction: number }

export interface LeaseCall {
  readonly signal: AbortSignal
  /** Called whenever the state of the wait changes. */
  readonly onWait?: (state: WaitState) => void
  /**
   * false: the model is only kept in memory, for what takes no slot of it. That waits for the model to be loaded, and
   * not for running generations. Default: true.
   */
  readonly takesSlot?: boolean
  /**
   * Who pays for it: shares get equal parts of a model's slots and of its queue. Default: 'anonymous', which is one share
   * like any other.
   */
  readonly share?: string
  /**
   * How long the model is to stay in memory once nothing uses it; Infinity: for ever. It holds from now on, until
   * another request says something else. Absent: what was said last since it was loaded, and what its entry says where
   * nothing was.
   */
  readonly keepAliveSeconds?: number
}

/** How a model stands. `unloaded` is any model that was never asked for, or has left. */
export type ModelStatus =
  | { readonly state: 'unloaded' }
  | { readonly state: 'loading'; readonly fraction: number }
  | { readonly state: 'ready'; readonly facts: LoadedFacts; readonly busy: number; readonly waiting: number }
  /** The last load failed; a request tries again after `retrySeconds`. */
  | { readonly state: 'failed'; readonly problem: string; readonly retrySeconds: number }

/** How a model is to be loaded for nobody in particular. */
export interface LoadRequest {
  readonly signal: AbortSignal
  /** 0 to 1, while the weights are read. */
  readonly onProgress?: (fraction: number) => void
  /** Whether it stays whoever else wants its memory. Absent: as its entry says. */
  readonly isPinned?: boolean
  /** How long it stays once nothing uses it; Infinity: for ever. Absent: as its entry says. */
  readonly keepAliveSeconds?: number
}

export interface LoadOutcome {
  /** `reloaded`: it was in memory with other options. `unchanged`: it was there just so. */
  readonly outcome: 'loaded' | 'reloaded' | 'unchanged'
  readonly facts: LoadedFacts
  /** Of the load; 0 where there was none. */
  readonly seconds: number
  /** Ids of the models that made room. */
  readonly evicted: readonly string[]
  /** Names of the fields of `LoadOptions` that differ from those that it was loaded with before. */
  readonly changed: readonly (keyof LoadOptions)[]
}

export interface UnloadRequest {
  /** `wait`: running requests end first, and new ones wait for a load after it. `cut`: they fail with `model_unloaded`. */
  readonly running: 'wait' | 'cut'
  /** Once it aborts, the unload is taken back where it still waits, and the call rejects with the signal's reason. */
  readonly signal: AbortSignal
}

export interface UnloadOutcome {
  /** False where it was not in memory. */
  readonly wasLoaded: boolean
  /** Requests that were cut. */
  readonly cutRequests: number
  /** Bytes of main memory that it had; 0 where it was not in memory. Its process is gone: they are back. */
  readonly freedBytes: number
}

/** A model that is in memory or on its way there. */
export interface ResidentModel {
  readonly entry: ModelEntry
  readonly state: 'loading' | 'ready' | 'leaving'
  /** 0 to 1. */
  readonly fraction: number
  /** Requests in its slots; requests that use it without a slot; requests that wait for it. */
  readonly busy: number
  readonly held: number
  readonly waiting: number
  readonly isPinned: boolean
  /** Seconds since its last use ended; absent while it is in use. */
  readonly idleSeconds?: number
  /** Seconds until it leaves by itself; absent where it stays or is in use. */
  readonly secondsLeft?: number
  /** Seconds since it was ready, and seconds that its load took. */
  readonly readySeconds?: number
  readonly loadSeconds?: number
  readonly facts?: LoadedFacts
  /** What it was expected to take. */
  readonly estimate: MemoryEstimate
  /** Bytes of main memory that it takes now, measured; absent where that cannot be measured. */
  readonly measuredBytes?: number
}

/** What people who run a server do with its models, besides using them. */
export interface ModelControl {
  /**
   * Brings the model into memory, as requests for it would, and with the options of this entry: a model that is there with
   * others is loaded anew once its running requests have ended. Rejects as `lease`, and with the signal's reason; a load
   * that nobody else wants is given up then.
   */
  load(model: ModelEntry, request: LoadRequest): Promise<LoadOutcome>
  /** Ends the model and resolves when its memory is back. Unloads what is pinned, too. Nothing to do is no error. */
  unload(id: string, request: UnloadRequest): Promise<UnloadOutcome>
  /** In the order in which they were last used, the latest first. */
  residents(): readonly ResidentModel[]
  /** Memory that models may still take now, and all that they may take together where nothing else runs. */
  memory(): { readonly free: MemoryBytes; readonly total: MemoryBytes }
}

/** What may be another one while the engine runs. */
export interface EngineSettings {
  /** Requests that may wait for one model. */
  readonly maxWaiting: number
  /** How long a model stays once nothing uses it, where its entry says nothing. Absent: for ever. */
  readonly keepAliveSeconds?: number
  /** Bytes of main memory that all models may take together. Absent: what the machine gives. */
  readonly limitBytes?: number
}

/** Gives requests their turn. */
export interface Engine extends AsyncDisposable, ModelControl {
  /**
   * Resolves when a slot of the model is free, loading the model first if it must. Rejects with `ServerError`
   * (`queue_full`, `model_load_failed`, `model_does_not_fit`, `shutting_down`), or with the signal's reason. `queue_full`
   * may come after a wait: when the queue is full, the share with the most places in it gives its last one to another.
   */
  lease(model: ModelEntry, call: LeaseCall): Promise<Lease>
  status(id: string): ModelStatus
  /** Starts loading without a request, where nothing has to leave for it; failures show in `status` only. */
  warm(model: ModelEntry): void
  /**
   * From now on it is so: requests that wait already are not sent away, models that are in memory stay, and one that was told
   * how long it is to stay goes on to know that.
   */
  adjust(settings: EngineSettings): void
  /**
   * These models are to be loaded so: also for requests that wait already, and knew them otherwise. What is in memory or under way
   * is not touched, and neither is what somebody asked to be loaded in a way of their own.
   */
  revise(models: readonly ModelEntry[]): void
  /** Takes no new requests, waits for the running ones until the signal aborts, then ends every model. */
  drain(signal: AbortSignal): Promise<void>
}
