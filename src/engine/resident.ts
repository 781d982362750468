import type { ServerError } from '../core/errors.ts'
import type { MemoryEstimate } from '../core/memory.ts'
import type { ModelEntry } from '../core/model.ts'
import type { LoadedModel } from '../core/runtime.ts'
import type { ModelStatus } from './engine.ts'
import type { TicketId } from './view.ts'

/**
 * Why a model left. `asked`: somebody unloaded it, or gave its load up; `idle`: nothing had used it for as long as it was
 * to be kept; `room`: another one needed its memory; `reload`: it is loaded again with other options.
 */
export type LeaveReason = 'asked' | 'idle' | 'room' | 'reload'

/** What the engine tells of models that come and go, and of requests that it turns away. */
export type ResidencyEvent =
  | { readonly type: 'loading'; readonly model: string }
  | { readonly type: 'ready'; readonly model: string; readonly loaded: LoadedModel; readonly seconds: number }
  /** A load failed, or a model that was loaded died (`runtime_crashed`). */
  | { readonly type: 'failed'; readonly model: string; readonly error: ServerError; readonly retrySeconds: number }
  /** Its memory is back. */
  | { readonly type: 'left'; readonly model: string; readonly why: LeaveReason }
  /** One request was refused: `queue_full`, `model_does_not_fit`, or `model_unloaded` where it was cut. */
  | { readonly type: 'refused'; readonly model: string; readonly error: ServerError }

/** That somebody wants a model to leave once its requests have ended. */
export interface Closing {
  readonly why: 'asked' | 'reload'
  /** Requests up to this one are still started. */
  readonly after: TicketId
}

/** A model that is in memory, on its way there, or failed to get there. Times are milliseconds of the engine's clock. */
export interface Resident {
  readonly entry: ModelEntry
  state: 'loading' | 'ready' | 'leaving' | 'failed'
  /** Requests in its slots. */
  busy: number
  /** Requests that use it without a slot. */
  held: number
  isPinned: boolean
  /** How long it is to stay once nothing uses it. */
  keepAliveSeconds: number
  /** When its last use ended. */
  idleSince: number
  lastUsed: number
  /** Until then it stays if it is wanted: loading it was to be worth it. */
  stayUntil: number
  /** When the first of the requests began that are in its slots now or were last. */
  turnBegan: number
  /** Tickets up to this one waited when it had been loaded. */
  loadedFor: TicketId
  /** Who wants it to leave. */
  readonly closings: Set<Closing>
  fraction: number
  estimate: MemoryEstimate
  /** Ids of the models that made room for it. */
  evicted: string[]
  /** Whether it was loaded for nobody who could go away. */
  isWarm: boolean
  /** Gives its load up. */
  readonly giveUp: AbortController
  /** Resolves when its load has ended, however that went. */
  arrival: Promise<void>
  /** Resolves when its memory is back. */
  readonly gone: PromiseWithResolvers<void>
  readyAt: number
  loadSeconds: number
  loaded?: LoadedModel
  error?: ServerError
  failures: number
  /** A new attempt makes sense from then on. */
  retryAt: number
}

/** A model that is about to be loaded. */
export function enterResident(
  entry: ModelEntry,
  how: Pick<Resident, 'lastUsed' | 'keepAliveSeconds' | 'estimate' | 'failures'> & { readonly now: number },
): Resident {
  const { now, ...given } = how
  return {
    ...given,
    entry,
    state: 'loading',
    busy: 0,
    held: 0,
    isPinned: entry.isPinned ?? false,
    idleSince: now,
    stayUntil: 0,
    turnBegan: Number.NEGATIVE_INFINITY,
    loadedFor: 0,
    closings: new Set(),
    fraction: 0,
    evicted: [],
    isWarm: false,
    giveUp: new AbortController(),
    arrival: Promise.resolve(),
    gone: Promise.withResolvers(),
    readyAt: now,
    loadSeconds: 0,
    retryAt: 0,
  }
}

/** What is pinned leaves for nobody; what somebody unloads is not pinned any more. */
export const isKept = ({ isPinned, closings }: Resident): boolean => isPinned && closings.size === 0

/** When the model will have been idle for as long as it is to be kept; Infinity where that is never, or not yet told. */
export function expiresAt({ state, busy, held, isPinned, idleSince, keepAliveSeconds }: Resident): number {
  const isIdle = state === 'ready' && busy + held === 0
  return isIdle && !isPinned ? idleSince + keepAliveSeconds * 1000 : Number.POSITIVE_INFINITY
}

/** The ticket after which none is started any more; undefined where the model is not to leave. */
export function closedAfter({ closings }: Resident): TicketId | undefined {
  return closings.size === 0 ? undefined : Math.min(...[...closings].map(({ after }) => after))
}

/** How a model stands, for those who ask. */
export function statusOf(
  resident: Resident | undefined,
  { now, waiting }: { readonly now: number; readonly waiting: number },
): ModelStatus {
  if (resident?.state === 'loading') return { state: 'loading', fraction: resident.fraction }
  if (resident?.state === 'ready' && resident.loaded)
    return { state: 'ready', facts: resident.loaded.facts, busy: resident.busy, waiting }
  if (resident?.state !== 'failed' || !resident.error) return { state: 'unloaded' }
  const retrySeconds = Math.max(0, Math.ceil((resident.retryAt - now) / 1000))
  return { state: 'failed', problem: resident.error.message, retrySeconds }
}
