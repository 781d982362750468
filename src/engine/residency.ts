import { messageOf, ServerError } from '../core/errors.ts'
import type { ModelEntry } from '../core/model.ts'
import type { LoadedModel, Runtime } from '../core/runtime.ts'
import type { ModelStatus } from './engine.ts'
import { retryDelaySeconds } from './retry-delay.ts'
import { stayedSeconds } from './turns.ts'
import type { TicketId } from './view.ts'

/** What the engine tells of models that come and go. */
export type ResidencyEvent =
  | { readonly type: 'loading'; readonly model: string }
  | { readonly type: 'ready'; readonly model: string; readonly loaded: LoadedModel; readonly seconds: number }
  | { readonly type: 'failed'; readonly model: string; readonly error: ServerError; readonly retrySeconds: number }
  | { readonly type: 'evicted'; readonly model: string }

/** A model that is in memory, on its way there, or failed to get there. */
export interface Resident {
  readonly entry: ModelEntry
  state: 'loading' | 'ready' | 'leaving' | 'failed'
  /** Requests in its slots. */
  busy: number
  /** Requests that use it without a slot. */
  held: number
  /** How long it is to stay once nothing uses it. */
  keepAliveSeconds: number
  /** When its last use ended, on the residency's clock. */
  idleSince: number
  lastUsed: number
  /** Until then it stays if it is wanted, on the residency's clock: loading it was to be worth it. */
  stayUntil: number
  /** When the first of the requests began that are in its slots now or were last, on the residency's clock. */
  turnBegan: number
  /** Tickets up to this one waited when it had been loaded. */
  loadedFor: TicketId
  fraction: number
  bytes: number
  loaded?: LoadedModel
  error?: ServerError
  failures: number
  /** On the residency's clock; a new attempt makes sense from then on. */
  retryAt: number
}

interface ResidencyOptions {
  readonly runtime: Runtime
  readonly availableBytes: () => number
  /** Milliseconds. */
  readonly now: () => number
  readonly onEvent: (event: ResidencyEvent) => void
  /** Called after every change that a waiting request may care for. */
  readonly onChange: () => void
}

/** The models in memory: brings them in, sends them away, and notices when one dies. Decides nothing. */
export class Residency {
  readonly #options: ResidencyOptions
  readonly #residents = new Map<string, Resident>()
  readonly #closing = new AbortController()
  readonly #loads = new Set<Promise<void>>()
  #uses = 0

  constructor(options: ResidencyOptions) {
    this.#options = options
  }

  get(id: string): Resident | undefined {
    return this.#residents.get(id)
  }
  /** Those that take memory or will. */
  present(): readonly Resident[] {
    return [...this.#residents.values()].filter(({ state }) => state !== 'failed')
  }

  /** Bytes that a model needs, and bytes that could be had for it if others left. */
  memory(wanted: ModelEntry, evicting: readonly string[]): { needBytes: number; freeBytes: number } {
    return {
      needBytes: this.#options.runtime.least(wanted).mainBytes,
      freeBytes: this.#options.availableBytes() + this.#bytesOf(evicting),
    }
  }

  /** Whether the memory of all these models could be had if those others left; what the answers say holds for this moment. */
  room(): (wanted: readonly ModelEntry[], evicting: readonly string[]) => boolean {
    let freeBytes: number | undefined
    return (wanted, evicting) => {
      freeBytes ??= this.#options.availableBytes() - this.#bytesToCome()
      const needBytes = wanted.reduce((sum, entry) => sum + this.#options.runtime.least(entry).mainBytes, 0)
      return needBytes <= freeBytes + this.#bytesOf(evicting)
    }
  }

  #bytesOf(ids: readonly string[]): number {
    return ids.reduce((sum, id) => sum + (this.#residents.get(id)?.bytes ?? 0), 0)
  }

  /** Bytes that loading models have still to take, as well as their progress tells. */
  #bytesToCome(): number {
    const loading = this.present().filter(({ state }) => state === 'loading')
    return loading.reduce((sum, { bytes, fraction }) => sum + bytes * (1 - fraction), 0)
  }

  /** Never rejects: how it went is in the resident's state. */
  async load(entry: ModelEntry, evict: readonly string[]): Promise<void> {
    const resident = this.#enter(entry)
    this.#options.onEvent({ type: 'loading', model: entry.id })
    const coming = Promise.all(evict.map((id) => this.#evict(id))).then(() => this.#bringIn(resident))
    this.#loads.add(coming)
    await coming
    this.#loads.delete(coming)
    this.#options.onChange()
  }

  /** Says of a model that it is not loaded, and why, as of a load that failed. */
  refuse(entry: ModelEntry, error: ServerError): void {
    this.#fail(this.#enter(entry), error, 2)
  }

  #enter(entry: ModelEntry): Resident {
    const resident: Resident = {
      entry,
      state: 'loading',
      busy: 0,
      held: 0,
      keepAliveSeconds: Number.POSITIVE_INFINITY,
      idleSince: this.#options.now(),
      lastUsed: ++this.#uses,
      stayUntil: 0,
      turnBegan: Number.NEGATIVE_INFINITY,
      loadedFor: 0,
      fraction: 0,
      bytes: this.#options.runtime.least(entry).mainBytes,
      failures: this.#residents.get(entry.id)?.failures ?? 0,
      retryAt: 0,
    }
    this.#residents.set(entry.id, resident)
    return resident
  }

  async #bringIn(resident: Resident) {
    const { entry } = resident
    const startedAt = this.#options.now()
    try {
      const loaded = await this.#options.runtime.load(entry, {
        signal: this.#closing.signal,
        onProgress: (fraction) => {
          resident.fraction = fraction
          this.#options.onChange()
        },
      })
      resident.loaded = loaded
      resident.state = 'ready'
      resident.idleSince = this.#options.now()
      const seconds = (resident.idleSince - startedAt) / 1000
      resident.stayUntil = resident.idleSince + stayedSeconds(seconds) * 1000
      void loaded.closed.then((error) => error && resident.state === 'ready' && this.#fail(resident, error, 1))
      this.#options.onEvent({ type: 'ready', model: entry.id, loaded, seconds })
    } catch (error) {
      this.#fail(resident, toServerError(entry, error), 2)
    }
  }

  #fail(resident: Resident, error: ServerError, weight: number) {
    resident.state = 'failed'
    delete resident.loaded
    resident.error = error
    resident.failures += weight
    const retrySeconds = retryDelaySeconds(resident.failures)
    resident.retryAt = this.#options.now() + retrySeconds * 1000
    if (error.code !== 'shutting_down')
      this.#options.onEvent({ type: 'failed', model: resident.entry.id, error, retrySeconds })
    this.#options.onChange()
  }

  /** Sends a model away; resolves when its memory is back. */
  async #evict(id: string) {
    const resident = this.#residents.get(id)
    if (!resident) return
    resident.state = 'leaving'
    await resident.loaded?.[Symbol.asyncDispose]()
    this.#residents.delete(id)
    this.#options.onEvent({ type: 'evicted', model: id })
  }

  /**
   * Counts a request into a ready model, with or without a slot. The answer counts it out; `wentWell` ends a row of
   * failures.
   */
  borrow(resident: Resident, place: 'busy' | 'held'): (wentWell: boolean) => void {
    if (place === 'busy' && resident.busy === 0) resident.turnBegan = this.#options.now()
    resident[place]++
    resident.lastUsed = ++this.#uses
    let isBack = false
    return (wentWell) => {
      if (isBack) return
      isBack = true
      resident[place]--
      resident.idleSince = this.#options.now()
      if (wentWell && resident.state === 'ready') resident.failures = 0
      this.#options.onChange()
    }
  }

  /** When the model will have been idle for as long as it is to be kept; Infinity where that is never, or not yet told. */
  expiresAt({ state, busy, held, idleSince, keepAliveSeconds }: Resident): number {
    return state === 'ready' && busy + held === 0 ? idleSince + keepAliveSeconds * 1000 : Number.POSITIVE_INFINITY
  }

  /** Ends a model that nothing uses. Never rejects. */
  async unload(id: string): Promise<void> {
    const leaving = this.#evict(id)
    this.#loads.add(leaving)
    await leaving
    this.#loads.delete(leaving)
    this.#options.onChange()
  }

  status(id: string, waiting: number): ModelStatus {
    const resident = this.#residents.get(id)
    if (resident?.state === 'loading') return { state: 'loading', fraction: resident.fraction }
    if (resident?.state === 'ready' && resident.loaded)
      return { state: 'ready', facts: resident.loaded.facts, busy: resident.busy, waiting }
    if (resident?.state !== 'failed' || !resident.error) return { state: 'unloaded' }
    const retrySeconds = Math.max(0, Math.ceil((resident.retryAt - this.#options.now()) / 1000))
    return { state: 'failed', problem: resident.error.message, retrySeconds }
  }

  /** Ends every model and every load. */
  async close(): Promise<void> {
    this.#closing.abort(new ServerError('shutting_down', {}))
    await Promise.all(this.#loads)
    await Promise.all([...this.#residents.values()].map(({ loaded }) => loaded?.[Symbol.asyncDispose]()))
  }
}

function toServerError(entry: ModelEntry, error: unknown): ServerError {
  if (error instanceof ServerError) return error
  const problem = messageOf(error)
  return new ServerError('model_load_failed', { model: entry.id, problem }, { cause: error })
}
