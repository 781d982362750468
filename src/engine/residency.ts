import { messageOf, ServerError } from '../core/errors.ts'
import type { MemoryBytes } from '../core/memory.ts'
import type { ModelEntry } from '../core/model.ts'
import type { Runtime } from '../core/runtime.ts'
import type { EngineSettings } from './engine.ts'
import { accountOf, holds, type MemoryAccount, type MemoryLimits, othersOnDevice, sumOf } from './memory-account.ts'
import { enterResident, isKept, type LeaveReason, type ResidencyEvent, type Resident } from './resident.ts'
import { retryDelaySeconds } from './retry-delay.ts'
import { stayedSeconds } from './turns.ts'

interface ResidencyOptions extends MemoryLimits, Omit<EngineSettings, 'maxWaiting'> {
  readonly runtime: Runtime
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
  #options: ResidencyOptions
  readonly #residents = new Map<string, Resident>()
  readonly #closing = new AbortController()
  #uses = 0
  #deviceReading: { readonly reading: unknown; readonly others: number } = { reading: undefined, others: 0 }

  constructor(options: ResidencyOptions) {
    this.#options = options
  }

  /** Models that were told how long they are to stay go on to know that. */
  adjust({ keepAliveSeconds, limitBytes }: Omit<EngineSettings, 'maxWaiting'>): void {
    const { keepAliveSeconds: _, limitBytes: __, ...rest } = this.#options
    const usual = this.present().filter(({ entry, keepAliveSeconds: own }) => own === this.keepAliveOf(entry))
    this.#options = {
      ...rest,
      ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
      ...(limitBytes !== undefined && { limitBytes }),
    }
    for (const resident of usual) resident.keepAliveSeconds = this.keepAliveOf(resident.entry)
  }

  get(id: string): Resident | undefined {
    return this.#residents.get(id)
  }
  /** Those that take memory or will. */
  present(): readonly Resident[] {
    return [...this.#residents.values()].filter(({ state }) => state !== 'failed')
  }

  /** What is left beside all models that take memory or will, or beside all others than this one. */
  standing(except?: Resident): MemoryAccount {
    const others = this.#othersOnDevice()
    const uses = this.present().filter((resident) => resident !== except)
    return accountOf(uses, this.#options, others)
  }

  /** What others have of the GPUs, as it was when their memory was last read: models that left since then are no others. */
  #othersOnDevice(): number {
    const reading = this.#options.deviceMemory?.()
    if (reading !== this.#deviceReading.reading)
      this.#deviceReading = { reading, others: othersOnDevice(this.present(), this.#options) }
    return this.#deviceReading.others
  }

  /** Without so much there is no sense in loading the model, which gets of the GPUs what others leave that may not go. */
  need(entry: ModelEntry): MemoryBytes {
    return this.#options.runtime.least(entry, this.most(entry.id))
  }

  /** What a model may have once all others have left that may; if it is there, it leaves, too. */
  most(id: string, account: MemoryAccount = this.standing()): MemoryBytes {
    const leaving = this.present().filter((one) => !isKept(one) || one.entry.id === id)
    return account.freeWithout(leaving.map(({ entry }) => entry.id))
  }

  /** Whether the memory of all these models could be had if those others left; what the answers say holds for this moment. */
  room(): (wanted: readonly ModelEntry[], evicting: readonly string[]) => boolean {
    let account: MemoryAccount | undefined
    const needs = new Map<ModelEntry, MemoryBytes>()
    return (wanted, evicting) => {
      account ??= this.standing()
      for (const entry of wanted)
        if (!needs.has(entry)) needs.set(entry, this.#options.runtime.least(entry, this.most(entry.id, account)))
      return holds(account.freeWithout(evicting), sumOf(wanted.flatMap((entry) => needs.get(entry) ?? [])))
    }
  }

  /** Never rejects: how it went is in the resident's state. */
  async load(entry: ModelEntry, chosen: readonly string[]): Promise<void> {
    const evict = [...new Set([...chosen, ...this.#inTheWayAgain(entry)])]
    const resident = this.#enter(entry)
    resident.evicted = evict
    this.#options.onEvent({ type: 'loading', model: entry.id })
    const makeRoom = Promise.all(evict.map((id) => this.leave(id, 'room')))
    resident.arrival = makeRoom.then(() => this.#bringIn(resident))
    await resident.arrival
    this.#options.onChange()
  }

  /**
   * Models that leave for one whose process was ended for want of memory while it worked: beside them that would happen again.
   * None where there is memory in plenty, and somebody else has ended it.
   */
  #inTheWayAgain(entry: ModelEntry): readonly string[] {
    const before = this.#residents.get(entry.id)
    if (before?.state !== 'failed' || !diedOfMemory(before.error)) return []
    const { mainBytes } = this.need(entry)
    return this.standing().free.mainBytes < 2 * mainBytes ? this.#options.spare() : []
  }

  /** Says of a model that it is not loaded, and why, as of a load that failed. */
  refuse(entry: ModelEntry, error: ServerError): void {
    this.#fail(this.#enter(entry), error, 2)
  }

  #enter(entry: ModelEntry): Resident {
    const before = this.#residents.get(entry.id)
    const resident = enterResident(entry, {
      now: this.#options.now(),
      lastUsed: ++this.#uses,
      keepAliveSeconds: this.keepAliveOf(entry),
      // Until the others have left it is not known what it may take.
      estimate: this.#options.runtime.estimate(entry, this.need(entry)),
      failures: before?.failures ?? 0,
    })
    // What was to stay is to stay again where its process has died.
    if (before?.state === 'failed' && before.error?.code === 'runtime_crashed') resident.isPinned ||= before.isPinned
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
    const signal = AbortSignal.any([this.#closing.signal, giveUp.signal])
    // It may have been given up while others made room for it.
    signal.throwIfAborted()
    const startedAt = this.#options.now()
    const room = notNegative(this.standing(resident).free)
    resident.estimate = this.#options.runtime.estimate(entry, room)
    const loaded = await this.#options.runtime.load(entry, {
      signal,
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

/** Whether a process was ended for want of memory while it worked. */
const diedOfMemory = (error: ServerError | undefined): boolean =>
  error?.code === 'runtime_crashed' && (error as ServerError<'runtime_crashed'>).facts.lacksMemory === true

const notNegative = ({ mainBytes, deviceBytes }: MemoryBytes): MemoryBytes => ({
  mainBytes: Math.max(0, mainBytes),
  deviceBytes: Math.max(0, deviceBytes),
})

function toServerError(entry: ModelEntry, error: unknown): ServerError {
  if (error instanceof ServerError) return error
  const problem = messageOf(error)
  return new ServerError('model_load_failed', { model: entry.id, problem }, { cause: error })
}
