import type { ModelEntry } from '../core/model.ts'
import type { Lease, LeaseCall, WaitState } from './engine.ts'
import type { Ticket, TicketId } from './view.ts'

/** The share of all requests that name none. */
const anonymous = 'anonymous'

/** What a wait is for. */
export interface EnterCall extends LeaseCall {
  /** Set where the model is to be loaded for nobody in particular: whether it is pinned then. */
  readonly pins?: boolean
}

/** A request that waits. */
export interface Waiter extends Ticket {
  readonly entry: ModelEntry
  /** What the call says of the time after it. */
  readonly keepAliveSeconds: number | undefined
  readonly pins: boolean | undefined
  start(lease: Lease): void
  refuse(reason: unknown): void
  tell(state: WaitState): void
}

/** Requests that wait for their turn, oldest first. */
export class WaitingRoom {
  #waiters: Waiter[] = []
  #lastId = 0
  readonly #onLeave: () => void

  /** `onLeave` is called after somebody has left without having been started or refused. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave
  }

  get all(): readonly Waiter[] {
    return this.#waiters
  }

  /** The youngest ticket that there ever was; 0 before the first. */
  get newest(): TicketId {
    return this.#lastId
  }

  /** Resolves with the lease that someone starts it with. Leaves, and rejects, when the signal aborts. */
  enter(entry: ModelEntry, call: EnterCall): Promise<Lease> {
    const { signal, onWait, takesSlot = true, share = anonymous, keepAliveSeconds, pins } = call
    const { promise, resolve, reject } = Promise.withResolvers<Lease>()
    const id = ++this.#lastId
    let told = ''
    this.#waiters.push({
      id,
      model: entry.id,
      entry,
      takesSlot,
      share,
      keepAliveSeconds,
      pins,
      start: resolve,
      refuse: reject,
      tell(state) {
        const text = JSON.stringify(state)
        if (text !== told) onWait?.(state)
        told = text
      },
    })
    const leave = () => {
      const waiter = this.take(id)
      waiter?.refuse(signal.reason)
      if (waiter) this.#onLeave()
    }
    signal.addEventListener('abort', leave, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', leave))
  }

  take(id: TicketId): Waiter | undefined {
    const place = this.#waiters.findIndex((waiter) => waiter.id === id)
    return place < 0 ? undefined : this.#waiters.splice(place, 1)[0]
  }

  /** Takes all that wait for a model, or all there are. */
  takeAll(model?: string): readonly Waiter[] {
    const isTaken = (waiter: Waiter) => model === undefined || waiter.model === model
    const taken = this.#waiters.filter(isTaken)
    this.#waiters = this.#waiters.filter((waiter) => !isTaken(waiter))
    return taken
  }

  /**
   * How the model is to be loaded: as whoever asked for a load said last, or else as the youngest request knows it. Undefined
   * where nobody waits for it.
   */
  entryOf(model: string): ModelEntry | undefined {
    const waiters = this.#waiters.filter((waiter) => waiter.model === model)
    return (waiters.findLast(({ pins }) => pins !== undefined) ?? waiters.at(-1))?.entry
  }

  /** Those who wait for one of these models know it so from now on, but for whoever has said how it is to be loaded. */
  revise(models: readonly ModelEntry[]): void {
    const byId = new Map(models.map((entry) => [entry.id, entry]))
    this.#waiters = this.#waiters.map((waiter) => {
      const entry = waiter.pins === undefined ? byId.get(waiter.model) : undefined
      return entry ? { ...waiter, entry } : waiter
    })
  }

  count(model: string): number {
    return this.#waiters.filter((waiter) => waiter.model === model).length
  }
}
