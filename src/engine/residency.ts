import { messageOf, ServerError } from '../core/errors.ts'
import type { MemoryBytes } from '../core/memory.ts'
import type { ModelEntry } from '../core/model.ts'
import type { Runtime } from '../core/runtime.ts'
import { holds, type MemoryLimits, type MemoryStanding, minus, standingOf, sumOf } from './memory-account.ts'
import { chargesOf, enterResident, type LeaveReason, type ResidencyEvent, type Resident } from './resident.ts'
import { retryDelaySeconds } from './retry-delay.ts'
import { stayedSeconds } from './turns.ts'

interface ResidencyOptions extends MemoryLimits {
  readonly runtime: Runtime
  /** How long a model stays once nothing uses it, where its entry says nothing. Absent: for ever. */
  readonly keepAliveSeconds?: number
  /** Milliseconds. */
  readonly now: () => number
  readonly onEvent: (event: ResidencyEvent) => void
  /** Called after every change that a waiting request may care for. */
  readonly onChange: () => void
  /** Ids of the models that may leave at once for one that lacked memory. */
  readonly spare: () => readonly string[]
}

/** The models in memory: brings them in, sends them away, and notices when one dies. Decides nothing. */
export class Residency {
  readonly #options: ResidencyOptions
  readonly #residents = new Map<string, Resident>()
  readonly #closing = new AbortController()
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

  /** What is left beside all models that take memory or will, or beside all others than this one. */
  standing(except?: Resident): MemoryStanding {
    return standingOf(
      this.present().filter((resident) => resident !== except),
      this.#options,
    )
  }

  /** Without these there is no sense in loading the models. */
  need(wanted: readonly ModelEntry[]): MemoryBytes {
    return sumOf(wanted.map((entry) => this.#options.runtime.least(entry)))
  }

  /** Bytes that would be back if these left. */
  chargedTo(ids: readonly string[]): MemoryBytes {
    return chargesOf(ids.map((id) => this.#residents.get(id)))
  }

  /** Whether the memory of all these models could be had if those others left; what the answers say holds for this moment. */
  room(): (wanted: readonly ModelEntry[], evicting: readonly string[]) => boolean {
    let free: MemoryBytes | undefined
    return (wanted, evicting) => {
      free ??= this.standing().free
      return holds(free, minus(this.need(wanted), this.chargedTo(evicting)))
    }
  }

  /** Never rejects: how it went is in the resident's state. */
  async load(entry: ModelEntry, evict: readonly string[]): Promise<void> {
    const resident = this.#enter(entry)
    resident.evicted = [...evict]
    this.#options.onEvent({ type: 'loading', model: entry.id })
    const makeRoom = Promise.all(evict.map((id) => this.leave(id, 'room')))
    resident.arrival = makeRoom.then(() => this.#bringIn(resident))
    await resident.arrival
    this.#options.onChange()
  }

  /** Says of a model that it is not loaded, and why, as of a load that failed. */
  refuse(entry: ModelEntry, error: ServerError): void {
    this.#fail(this.#enter(entry), error, 2)
  }

  #enter(entry: ModelEntry): Resident {
    const resident = enterResident(entry, {
      now: this.#options.now(),
      lastUsed: ++this.#uses,
      keepAliveSeconds: this.keepAliveOf(entry),
      // Until the others have left it is not known what it may take.
      estimate: this.#options.runtime.estimate(entry, this.need([entry])),
      failures: this.#residents.get(entry.id)?.failures ?? 0,
    })
    this.#residents.set(entry.id, resident)
    return resident
  }

  /** How long a model stays once nothing uses it, where nobody says anything else. */
  keepAliveOf({ keepAliveSeconds }: ModelEntry): number {
    return keepAliveSeconds ?? this.#options.keepAliveSeconds ?? Number.POSITIVE_INFINITY
  }

  async #bringIn(resident: Resident) {
    try {
      await this.#tryToBringIn(resident)
    } catch (error) {
      // Whoever gave it up sees to the rest.
      if (resident.state === 'leaving') return
      this.#fail(resident, toServerError(resident.entry, error), 2)
    }
  }

  async #tryToBringIn(resident: Resident): Promise<void> {
    try {
      await this.#open(resident)
    } catch (error) {
      if (resident.state === 'leaving' || !lacksMemory(error)) throw error
      const spare = this.#options.spare()
      if (spare.length === 0) throw this.#lackOf(resident, error)
      resident.evicted.push(...spare)
      await Promise.all(spare.map((id) => this.leave(id, 'room')))
      resident.fraction = 0
      await this.#open(resident).catch((second: unknown) => {
        throw lacksMemory(second) ? this.#lackOf(resident, second) : second
      })
    }
  }

  async #open(resident: Resident): Promise<void> {
    const { entry, giveUp } = resident
    const startedAt = this.#options.now()
    const room = notNegative(this.standing(resident).free)
    resident.estimate = this.#options.runtime.estimate(entry, room)
    const loaded = await this.#options.runtime.load(entry, {
      signal: AbortSignal.any([this.#closing.signal, giveUp.signal]),
      room,
      onProgress: (fraction) => {
        resident.fraction = fraction
        this.#options.onChange()
      },
    })
    resident.loaded = loaded
    if (resident.state === 'leaving') return
    resident.state = 'ready'
    resident.readyAt = this.#options.now()
    resident.idleSince = resident.readyAt
    resident.loadSeconds = (resident.readyAt - startedAt) / 1000
    resident.stayUntil = resident.readyAt + stayedSeconds(resident.loadSeconds) * 1000
    void loaded.closed.then((error) => error && resident.state === 'ready' && this.#fail(resident, error, 1))
    this.#options.onEvent({ type: 'ready', model: entry.id, loaded, seconds: resident.loadSeconds })
  }

  /** The runtime could not have the memory. Where the numbers do not say why, what it says itself has to do. */
  #lackOf(resident: Resident, error: ServerError<'model_load_failed'>): ServerError {
    const { entry, estimate } = resident
    const { free, total } = this.standing(resident)
    if (holds(free, estimate)) return error
    return new ServerError(
      'model_does_not_fit',
      {
        model: entry.id,
        needBytes: estimate.mainBytes,
        freeBytes: Math.max(0, free.mainBytes),
        totalBytes: total.mainBytes,
        problem: error.facts.problem,
      },
      { cause: error },
    )
  }

  #fail(resident: Resident, error: ServerError, weight: number) {
    resident.state = 'failed'
    delete resident.loaded
    resident.error = error
    resident.failures += weight
    const retrySeconds = retryDelaySeconds(resident.failures)
    resident.retryAt = this.#options.now() + retrySeconds * 1000
    resident.closings.clear()
    resident.gone.resolve()
    if (error.code !== 'shutting_down')
      this.#options.onEvent({ type: 'failed', model: resident.entry.id, error, retrySeconds })
    this.#options.onChange()
  }

  /**
   * Sends a model away, or gives up its load; resolves when its memory is back. What runs in it fails with the error; without
   * one nothing may. Never rejects.
   */
  async leave(id: string, why: LeaveReason, cut?: ServerError): Promise<void> {
    const resident = this.#residents.get(id)
    if (!resident || resident.state === 'failed') return
    if (resident.state !== 'leaving') {
      const isLoading = resident.state === 'loading'
      resident.state = 'leaving'
      if (isLoading) resident.giveUp.abort(new Error('the load was given up'))
      void this.#end(resident, why, cut)
    }
    await resident.gone.promise
  }

  async #end(resident: Resident, why: LeaveReason, cut: ServerError | undefined): Promise<void> {
    await resident.arrival
    const { loaded } = resident
    if (loaded?.cut && cut) await loaded.cut(cut)
    else await loaded?.[Symbol.asyncDispose]()
    this.#residents.delete(resident.entry.id)
    resident.gone.resolve()
    this.#options.onEvent({ type: 'left', model: resident.entry.id, why })
    this.#options.onChange()
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

  /** Ends every model and every load. */
  async close(): Promise<void> {
    this.#closing.abort(new ServerError('shutting_down', {}))
    await Promise.all([...this.#residents.values()].map(({ arrival }) => arrival))
    const left = [...this.#residents.values()]
    await Promise.all(left.map(({ loaded }) => loaded?.[Symbol.asyncDispose]()))
    for (const { gone } of left) gone.resolve()
  }
}

const lacksMemory = (error: unknown): error is ServerError<'model_load_failed'> =>
  error instanceof ServerError &&
  error.code === 'model_load_failed' &&
  (error as ServerError<'model_load_failed'>).facts.lacksMemory === true

const notNegative = ({ mainBytes, deviceBytes }: MemoryBytes): MemoryBytes => ({
  mainBytes: Math.max(0, mainBytes),
  deviceBytes: Math.max(0, deviceBytes),
})

function toServerError(entry: ModelEntry, error: unknown): ServerError {
  if (error instanceof ServerError) return error
  const problem = messageOf(error)
  return new ServerError('model_load_failed', { model: entry.id, problem }, { cause: error })
}
