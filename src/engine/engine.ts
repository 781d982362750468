import type { LoadedFacts, ModelEntry } from '../core/model.ts'
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
   * another request says something else. Absent: what was said last since it was loaded, and for ever where nothing was.
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

/** Gives requests their turn. */
export interface Engine extends AsyncDisposable {
  /**
   * Resolves when a slot of the model is free, loading the model first if it must. Rejects with `ServerError`
   * (`queue_full`, `model_load_failed`, `model_does_not_fit`, `shutting_down`), or with the signal's reason. `queue_full`
   * may come after a wait: when the queue is full, the share with the most places in it gives its last one to another.
   */
  lease(model: ModelEntry, call: LeaseCall): Promise<Lease>
  status(id: string): ModelStatus
  /** Starts loading without a request; failures show in `status` only. */
  warm(model: ModelEntry): void
  /** Takes no new requests, waits for the running ones until the signal aborts, then ends every model. */
  drain(signal: AbortSignal): Promise<void>
}
