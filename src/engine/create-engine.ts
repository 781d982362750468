import { Bug, ServerError } from '../core/errors.ts'
import type { ModelEntry } from '../core/model.ts'
import type { Runtime } from '../core/runtime.ts'
import { changedOptions } from './changed-options.ts'
import { type Clock, systemClock } from './clock.ts'
import { Control } from './control.ts'
import type {
  Engine,
  EngineSettings,
  Lease,
  LeaseCall,
  LoadOutcome,
  LoadRequest,
  ModelStatus,
  ResidentModel,
  UnloadOutcome,
  UnloadRequest,
} from './engine.ts'
import { fairOrder } from './fair-order.ts'
import { holds, type MemoryLimits } from './memory-account.ts'
import { spareModels } from './memory-plan.ts'
import { modelView, turnEnd } from './model-view.ts'
import { fairShares } from './policy.ts'
import { QueueLimit } from './queue-limit.ts'
import { lackOf } from './refusals.ts'
import { Residency } from './residency.ts'
import { expiresAt, type ResidencyEvent, statusOf } from './resident.ts'
import { Shares } from './shares.ts'
import type { Decision, ModelView, Policy, View } from './view.ts'
import { type EnterCall, type Waiter, WaitingRoom } from './waiting-room.ts'

export interface EngineOptions extends MemoryLimits, EngineSettings {
  readonly runtime: Runtime
  /** Threads that can compute at once. Absent: as many as models have. */
  readonly cores?: number
  readonly onEvent?: (event: ResidencyEvent) => void
  readonly policy?: Policy
  /** Default: the clock of `performance.now`. */
  readonly clock?: Clock
}

/** The engine over one runtime. State decides, not the order of events: after each of them the policy looks at it all. */
export function createEngine(options: EngineOptions): Engine {
  return new ScheduledEngine(options)
}

class ScheduledEngine implements Engine {
  readonly #options: EngineOptions
  readonly #room = new WaitingRoom(() => this.#settle())
  readonly #residency: Residency
  readonly #control: Control
  readonly #policy: Policy
  readonly #clock: Clock
  readonly #queueLimit: QueueLimit
  readonly #shares = new Shares()
  /** Takes back the look that was ordered for when the next model expires. */
  #cancelLook = () => {}
  /** Mean of the last requests' durations, for Retry-After. */
  #meanSeconds = 1
  #isDraining = false
  /** Drains that wait for the running requests. */
  readonly #onIdle = new Set<() => void>()

  constructor(options: EngineOptions) {
    this.#options = options
    this.#policy = options.policy ?? fairShares
    this.#clock = options.clock ?? systemClock
    this.#queueLimit = new QueueLimit(options.maxWaiting)
    this.#residency = new Residency({
      ...options,
      now: this.#clock.now,
      onEvent: (event) => this.#note(event),
      onChange: () => this.#settle(),
      spare: () => spareModels({ models: this.#models(), waiting: this.#room.all }),
    })
    this.#control = new Control({
      room: this.#room,
      residency: this.#residency,
      now: this.#clock.now,
      enter: (model, call) => this.#enter(model, call),
      refuse: (waiter, error) => this.#refuse(waiter, error),
      onChange: () => this.#settle(),
    })
  }

  async lease(model: ModelEntry, call: LeaseCall): Promise<Lease> {
    this.#throwIfFailed(model)
    return this.#enter(model, call)
  }

  load(model: ModelEntry, request: LoadRequest): Promise<LoadOutcome> {
    return this.#control.load(model, request)
  }

  unload(id: string, request: UnloadRequest): Promise<UnloadOutcome> {
    return this.#control.unload(id, request)
  }

  residents(): readonly ResidentModel[] {
    return this.#control.residents()
  }

  memory() {
    return this.#control.memory()
  }

  status(id: string): ModelStatus {
    return statusOf(this.#residency.get(id), { now: this.#clock.now(), waiting: this.#room.count(id) })
  }

  warm(model: ModelEntry): void {
    if (this.#isDraining || this.#residency.get(model.id)) return
    if (this.#residency.room()([model], [])) {
      void this.#residency.load(model, [])
      const resident = this.#residency.get(model.id)
      if (resident) resident.isWarm = true
    } else if (!holds(this.#residency.standing().total, this.#residency.need(model)))
      this.#residency.refuse(model, lackOf(model, this.#residency))
  }

  adjust(settings: EngineSettings): void {
    this.#queueLimit.change(settings.maxWaiting, this.#longestQueue())
    this.#residency.adjust(settings)
    this.#settle()
  }

  revise(models: readonly ModelEntry[]): void {
    this.#room.revise(models)
    this.#settle()
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#isDraining = true
    this.#cancelLook()
    for (const waiter of this.#room.takeAll()) waiter.refuse(new ServerError('shutting_down', {}))
    if (this.#isBusy() && !signal.aborted)
      await new Promise<void>((resolve) => {
        this.#onIdle.add(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    await this.#residency.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(AbortSignal.abort())
  }

  async #enter(model: ModelEntry, call: EnterCall): Promise<Lease> {
    call.signal.throwIfAborted()
    if (this.#isDraining) throw new ServerError('shutting_down', {})
    this.#queueLimit.shrink(this.#longestQueue())
    const turn = this.#room.enter(model, call)
    this.#settle()
    return turn
  }

  #isBusy(): boolean {
    return this.#residency.present().some(({ busy, held }) => busy + held > 0)
  }

  #note(event: ResidencyEvent) {
    const resident = event.type === 'ready' ? this.#residency.get(event.model) : undefined
    if (resident) resident.loadedFor = this.#room.newest
    this.#options.onEvent?.(event)
  }

  #throwIfFailed(model: ModelEntry) {
    const error = this.#failureOf(model)
    if (error) throw error
  }

  /** Why the model is not to be loaded as this entry has it, for a while. */
  #failureOf({ id, load }: ModelEntry): ServerError | undefined {
    const resident = this.#residency.get(id)
    if (resident?.state !== 'failed' || resident.retryAt <= this.#clock.now()) return undefined
    // That somebody loaded it with options that cannot be had says nothing of other options.
    return changedOptions(resident.entry.load, load).length === 0 ? resident.error : undefined
  }

  #settle() {
    this.#refuseFailed()
    for (const decision of this.#policy(this.#view())) this.#carryOut(decision)
    this.#tellAll()
    this.#orderLook()
    if (this.#onIdle.size > 0 && !this.#isBusy()) for (const resolve of this.#onIdle) resolve()
  }

  /** Has the engine look again when time alone will have changed what a policy sees. */
  #orderLook() {
    this.#cancelLook()
    if (this.#isDraining) return
    const times = this.#residency.present().flatMap((resident) => {
      const expiry = expiresAt(resident)
      // As long as nobody waits, nothing has to make room.
      return this.#room.all.length === 0 ? [expiry] : [expiry, resident.stayUntil, turnEnd(resident)]
    })
    // What was due already is kept by a request that waits; whatever ends that wait has the engine look again.
    const next = Math.min(...times.filter((time) => time > this.#clock.now()))
    if (next < Number.POSITIVE_INFINITY) this.#cancelLook = this.#clock.callAt(next, () => this.#settle())
  }

  #view(): View {
    const hasRoom = this.#residency.room()
    const fits: View['fits'] = (wanted, evicting) =>
      hasRoom(
        wanted.map((id) => this.#entry(id)),
        evicting,
      )
    const { cores = Number.POSITIVE_INFINITY } = this.#options
    const maxWaiting = this.#queueLimit.current
    return { waiting: this.#room.all, models: this.#models(), maxWaiting, cores, fits }
  }

  /** Requests that wait for the model for which most of them do. */
  #longestQueue(): number {
    const models = new Set(this.#room.all.map(({ model }) => model))
    return Math.max(0, ...[...models].map((model) => this.#room.count(model)))
  }

  #models(): ReadonlyMap<string, ModelView> {
    const models = new Map<string, ModelView>()
    const now = this.#clock.now()
    const shares = this.#shares.look(this.#room.all, now)
    for (const resident of this.#residency.present()) {
      const { entry, state } = resident
      if (state === 'failed') continue
      const known = shares.get(entry.id)
      models.set(entry.id, modelView({ ...resident, state }, { now, ...(known && { shares: known }) }))
    }
    return models
  }

  #entry(id: string): ModelEntry {
    const entry = this.#room.entryOf(id)
    if (!entry) throw new Bug(`A policy asked about '${id}', which nobody waits for.`)
    return entry
  }

  #carryOut(decision: Decision) {
    if (decision.type === 'model-load') void this.#residency.load(this.#entry(decision.model), decision.evict)
    else if (decision.type === 'model-unload') this.#sendAway(decision.model)
    else if (decision.type === 'model-refuse') this.#refuseForMemory(decision.model)
    else if (decision.type === 'ticket-refuse') this.#refuseForQueue(decision.ticket)
    else this.#start(decision.ticket)
  }

  #sendAway(model: string) {
    const [closing] = this.#residency.get(model)?.closings ?? []
    void this.#residency.leave(model, closing?.why ?? 'idle')
  }

  #start(ticket: number) {
    const waiter = this.#room.take(ticket)
    const resident = waiter && this.#residency.get(waiter.model)
    if (!waiter || !resident?.loaded) throw new Bug('A policy started a request in a model that is not ready.')
    const giveBack = this.#residency.borrow(resident, waiter.takesSlot ? 'busy' : 'held')
    if (waiter.keepAliveSeconds !== undefined) resident.keepAliveSeconds = waiter.keepAliveSeconds
    if (waiter.pins !== undefined) resident.isPinned = waiter.pins
    const { loaded } = resident
    const startedAt = this.#clock.now()
    const endSlot = waiter.takesSlot ? this.#shares.start(waiter, this.#room.newest, startedAt) : undefined
    waiter.start({
      model: loaded,
      [Symbol.dispose]: () => {
        const now = this.#clock.now()
        if (endSlot) this.#meanSeconds = 0.8 * this.#meanSeconds + (0.2 * (now - startedAt)) / 1000
        endSlot?.(now)
        giveBack(resident.loaded === loaded)
      },
    })
  }

  #refuse(waiter: Waiter, error: ServerError) {
    waiter.refuse(error)
    this.#options.onEvent?.({ type: 'refused', model: waiter.model, error })
  }

  #refuseForQueue(ticket: number) {
    const waiter = this.#room.take(ticket)
    if (!waiter) return
    const waiting = this.#room.count(waiter.model)
    const slots = this.#residency.get(waiter.model)?.loaded?.facts.slots ?? 1
    const retryAfterSeconds = Math.min(60, Math.max(1, Math.ceil((this.#meanSeconds * (waiting + 1)) / slots)))
    this.#refuse(waiter, new ServerError('queue_full', { model: waiter.model, waiting, retryAfterSeconds }))
  }

  #refuseForMemory(model: string) {
    const entry = this.#entry(model)
    const error = lackOf(entry, this.#residency)
    for (const waiter of this.#room.all.filter((one) => one.model === model))
      if (changedOptions(entry.load, waiter.entry.load).length === 0) {
        this.#room.take(waiter.id)
        this.#refuse(waiter, error)
      }
    // Those who want it with other options may get it.
    if (this.#room.count(model) > 0) queueMicrotask(() => this.#settle())
  }

  /** Those who waited for a load that failed get its error; who comes after the delay starts a new one. */
  #refuseFailed() {
    for (const waiter of [...this.#room.all]) {
      const error = this.#failureOf(waiter.entry)
      if (error) this.#room.take(waiter.id)?.refuse(error)
    }
  }

  #tellAll() {
    const shares = this.#shares.look(this.#room.all, this.#clock.now())
    for (const [model, waiters] of Map.groupBy(this.#room.all, (waiter) => waiter.model)) {
      const resident = this.#residency.get(model)
      for (const [index, waiter] of fairOrder(waiters, shares.get(model) ?? new Map()).entries())
        if (resident?.state === 'loading') waiter.tell({ type: 'loading', fraction: resident.fraction })
        else waiter.tell({ type: 'queued', position: index + 1 })
    }
  }
}
