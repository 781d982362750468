import { ServerError } from '../core/errors.ts'
import type { MemoryBytes } from '../core/memory.ts'
import type { ModelEntry } from '../core/model.ts'
import { changedOptions } from './changed-options.ts'
import type { Lease, LoadOutcome, LoadRequest, ResidentModel, UnloadOutcome, UnloadRequest } from './engine.ts'
import { chargeOf, type MemoryStanding } from './memory-account.ts'
import { canFit, lackOf } from './refusals.ts'
import type { Residency } from './residency.ts'
import { type Closing, expiresAt, type Resident } from './resident.ts'
import type { EnterCall, Waiter, WaitingRoom } from './waiting-room.ts'

interface ControlParts {
  readonly room: WaitingRoom
  readonly residency: Residency
  readonly now: () => number
  readonly enter: (model: ModelEntry, call: EnterCall) => Promise<Lease>
  readonly refuse: (waiter: Waiter, error: ServerError) => void
  /** Called after every change that a waiting request may care for. */
  readonly onChange: () => void
}

/** What people who run the server do with its models. See `ModelControl`. */
export class Control {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  async load(model: ModelEntry, request: LoadRequest): Promise<LoadOutcome> {
    request.signal.throwIfAborted()
    const { residency, now } = this.#parts
    const before = residency.get(model.id)
    // Whoever asks for a load has mended what was wrong, or wants to know what it is.
    if (before?.state === 'failed') before.retryAt = now()
    const isPresent = before?.state === 'ready' || before?.state === 'loading'
    const changed = before && isPresent ? changedOptions(before.entry.load, model.load) : []
    const wasReady = before?.state === 'ready'
    // Before anything is given up for what cannot be had.
    if (changed.length > 0 && !canFit(model, residency)) throw lackOf(model, residency)
    const closing = before && changed.length > 0 ? close(before, { why: 'reload', after: 0 }) : undefined
    try {
      using lease = await this.#hold(model, request)
      const resident = residency.get(model.id)
      const isSame = resident === before
      return {
        outcome: isSame && wasReady ? 'unchanged' : wasReady && changed.length > 0 ? 'reloaded' : 'loaded',
        facts: lease.model.facts,
        seconds: isSame && wasReady ? 0 : (resident?.loadSeconds ?? 0),
        evicted: isSame && wasReady ? [] : (resident?.evicted ?? []),
        // Somebody else may have had the last word about its options.
        changed: isSame || !before || !closing ? [] : changedOptions(before.entry.load, lease.model.model.load),
      }
    } catch (error) {
      if (closing) before?.closings.delete(closing)
      this.#giveUpUnwanted(model.id)
      throw error
    }
  }

  #hold(model: ModelEntry, request: LoadRequest): Promise<Lease> {
    const { signal, onProgress } = request
    return this.#parts.enter(model, {
      signal,
      takesSlot: false,
      pins: request.isPinned ?? model.isPinned ?? false,
      keepAliveSeconds: request.keepAliveSeconds ?? this.#parts.residency.keepAliveOf(model),
      onWait: (state) => {
        if (state.type === 'loading') onProgress?.(state.fraction)
      },
    })
  }

  /** Gives up a load that nobody waits for any more. */
  #giveUpUnwanted(id: string): void {
    const { residency, room, onChange } = this.#parts
    const resident = residency.get(id)
    if (resident?.state === 'loading' && !resident.isWarm && room.count(id) === 0) void residency.leave(id, 'asked')
    // A model that was to be loaded anew goes on as it is.
    onChange()
  }

  async unload(id: string, { running, signal }: UnloadRequest): Promise<UnloadOutcome> {
    signal.throwIfAborted()
    const resident = this.#parts.residency.get(id)
    if (!resident || resident.state === 'failed') return { wasLoaded: false, cutRequests: 0, freedBytes: 0 }
    const freedBytes = measured(resident) ?? (resident.loaded ? chargeOf(resident).mainBytes : 0)
    const wasLoaded = resident.state !== 'loading'
    const cutRequests = running === 'cut' ? this.#cut(resident) : 0
    if (running === 'wait') await this.#close(resident, signal)
    else await untilAborted(resident.gone.promise, signal)
    return { wasLoaded, cutRequests, freedBytes }
  }

  /** What runs in the model fails, and what waits for it too: whoever cuts it wants it to be gone. */
  #cut(resident: Resident): number {
    const { residency, room, refuse } = this.#parts
    const { id } = resident.entry
    const error = new ServerError('model_unloaded', { model: id })
    const running = resident.state === 'ready' ? resident.busy + resident.held : 0
    const waiting = room.takeAll(id)
    void residency.leave(id, 'asked', error)
    for (const waiter of waiting) refuse(waiter, error)
    return running + waiting.length
  }

  /** Resolves when the requests have ended that are there now, and the model is gone. */
  async #close(resident: Resident, signal: AbortSignal): Promise<void> {
    const { room, onChange } = this.#parts
    const closing = close(resident, { why: 'asked', after: room.newest })
    onChange()
    try {
      await untilAborted(resident.gone.promise, signal)
    } catch (error) {
      resident.closings.delete(closing)
      onChange()
      throw error
    }
  }

  residents(): readonly ResidentModel[] {
    return this.#parts.residency
      .present()
      .toSorted((left, right) => right.lastUsed - left.lastUsed)
      .map((resident) => this.#view(resident))
  }

  #view(resident: Resident): ResidentModel {
    const { entry, busy, held, isPinned, estimate, fraction, loaded, loadSeconds } = resident
    const state = resident.state === 'failed' ? 'leaving' : resident.state
    const now = this.#parts.now()
    const since = (time: number) => (now - time) / 1000
    const left = (expiresAt(resident) - now) / 1000
    const measuredBytes = measured(resident)
    return {
      ...{ entry, state, fraction: loaded ? 1 : fraction, busy, held, waiting: this.#parts.room.count(entry.id) },
      isPinned,
      ...(state === 'ready' && busy + held === 0 && { idleSeconds: since(resident.idleSince) }),
      ...(left < Number.POSITIVE_INFINITY && { secondsLeft: Math.max(0, left) }),
      ...(loaded && { readySeconds: since(resident.readyAt), loadSeconds, facts: loaded.facts }),
      estimate,
      ...(measuredBytes !== undefined && { measuredBytes }),
    }
  }

  memory(): MemoryStanding {
    const { free, total } = this.#parts.residency.standing()
    return { free: told(free), total: told(total) }
  }
}

function close(resident: Resident, closing: Closing): Closing {
  resident.closings.add(closing)
  return closing
}

const measured = ({ loaded }: Resident) => loaded?.memoryBytes?.()

/** Rejects with the signal's reason if that aborts first. */
async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** What nobody knows is told as nothing. */
const told = ({ mainBytes, deviceBytes }: MemoryBytes): MemoryBytes => ({
  mainBytes: Math.max(0, mainBytes),
  deviceBytes: Number.isFinite(deviceBytes) ? Math.max(0, deviceBytes) : 0,
})
