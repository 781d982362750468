export type TicketId = number

/** A request that waits for its turn. */
export interface Ticket {
  readonly id: TicketId
  /** Id of the model it wants. */
  readonly model: string
  /** false: it only wants the model to be there and to stay. */
  readonly takesSlot: boolean
}

/** How a model stands, as far as a policy must know. A model that is not in the view is not in memory. */
export interface ModelView {
  readonly state: 'loading' | 'ready' | 'leaving'
  /** Requests that are running in its slots. */
  readonly busy: number
  /** Requests that use it without a slot. */
  readonly held: number
  readonly slots: number
  /** Grows with every use. */
  readonly lastUsed: number
  /** Whether it has been idle for as long as it was to be kept. */
  readonly isExpired: boolean
}

/** Everything that a policy may look at: a snapshot, oldest ticket first. */
export interface View {
  readonly waiting: readonly Ticket[]
  readonly models: ReadonlyMap<string, ModelView>
  /** Whether a model's memory could be had now if these others were gone. */
  readonly fits: (wanted: string, evicting: readonly string[]) => boolean
  /** Tickets that may wait for one model. */
  readonly maxWaiting: number
}

export type Decision =
  | { readonly type: 'ticket-start'; readonly ticket: TicketId }
  /** Too many wait for the model already. */
  | { readonly type: 'ticket-refuse'; readonly ticket: TicketId }
  /** Evict the others first, then load. */
  | { readonly type: 'model-load'; readonly model: string; readonly evict: readonly string[] }
  /** Nobody has wanted the model for as long as it was to be kept. */
  | { readonly type: 'model-unload'; readonly model: string }
  /** The model cannot be had even if every other one left. */
  | { readonly type: 'model-refuse'; readonly model: string }

/** Pure: same view, same decisions. The engine asks after every event, and carries out what is answered. */
export type Policy = (view: View) => readonly Decision[]

/**
 * First come, first served for each model. A model that is not in memory is loaded as soon as room for it can be made
 * by evicting idle models, the least recently used first and no more than it takes; while it waits for that, no new
 * request starts in a model that has to leave, so that a cold model behind busy ones gets its turn. A model that has
 * been idle for as long as it was to be kept leaves.
 */
export const firstComeFirstServed: Policy = (view) => new Pass(view).decide()

/** One look at one view. It counts its own decisions, which the view cannot know yet. */
class Pass {
  readonly #view: View
  readonly #decisions: Decision[] = []
  readonly #started = new Map<string, number>()
  readonly #holds = new Map<string, number>()
  /** Models that leave, or must not start anything because they will have to. */
  readonly #closed = new Set<string>()
  readonly #evicted = new Set<string>()
  readonly #queued = new Map<string, number>()
  readonly #asked = new Set<string>()
  #isLoading = false

  constructor(view: View) {
    this.#view = view
  }

  decide(): readonly Decision[] {
    for (const ticket of this.#view.waiting) if (!this.#start(ticket)) this.#queue(ticket)
    for (const [model, { state, isExpired }] of this.#view.models)
      if (
        isExpired &&
        state === 'ready' &&
        this.#isFree(model) &&
        !this.#queued.has(model) &&
        !this.#evicted.has(model)
      )
        this.#decisions.push({ type: 'model-unload', model })
    return this.#decisions
  }

  #inSlots(model: string): number {
    return (this.#view.models.get(model)?.busy ?? 0) + (this.#started.get(model) ?? 0)
  }

  /** Whether nothing uses it. */
  #isFree(model: string): boolean {
    const holds = (this.#view.models.get(model)?.held ?? 0) + (this.#holds.get(model) ?? 0)
    return this.#inSlots(model) + holds === 0
  }

  #start({ id, model, takesSlot }: Ticket): boolean {
    const known = this.#view.models.get(model)
    if (known?.state !== 'ready' || this.#closed.has(model)) return false
    if (takesSlot && this.#inSlots(model) >= known.slots) return false
    const counts = takesSlot ? this.#started : this.#holds
    counts.set(model, (counts.get(model) ?? 0) + 1)
    this.#decisions.push({ type: 'ticket-start', ticket: id })
    return true
  }

  #queue({ id, model }: Ticket) {
    const place = this.#queued.get(model) ?? 0
    // Somebody must be able to wait for a load, or a server without a queue would never load anything.
    const most = this.#view.models.get(model)?.state === 'ready' ? this.#view.maxWaiting : this.#view.maxWaiting || 1
    if (place >= most) {
      this.#decisions.push({ type: 'ticket-refuse', ticket: id })
      return
    }
    this.#queued.set(model, place + 1)
    if (this.#view.models.has(model) || this.#asked.has(model)) return
    this.#asked.add(model)
    this.#makeRoom(model)
  }

  #makeRoom(model: string) {
    const isComing = [...this.#view.models.values()].some(({ state }) => state !== 'ready')
    // One at a time: only when the last one is in place is it known what memory is left.
    if (this.#isLoading || isComing) return
    const all = [...this.#view.models].sort(([, a], [, b]) => a.lastUsed - b.lastUsed).map(([id]) => id)
    if (!this.#view.fits(model, all)) {
      this.#decisions.push({ type: 'model-refuse', model })
      return
    }
    const others = all.filter((id) => !this.#closed.has(id))
    const idle = others.filter((id) => this.#isFree(id))
    const evict = this.#fewest(model, idle)
    if (evict) {
      for (const id of evict) {
        this.#closed.add(id)
        this.#evicted.add(id)
      }
      this.#isLoading = true
      this.#decisions.push({ type: 'model-load', model, evict })
    } else {
      for (const id of this.#fewest(model, others) ?? []) this.#closed.add(id)
    }
  }

  /** The shortest beginning of the list that makes room; nothing when all of it is not enough. */
  #fewest(model: string, candidates: readonly string[]): readonly string[] | undefined {
    const count = [...candidates.keys(), candidates.length].find((n) => this.#view.fits(model, candidates.slice(0, n)))
    return count === undefined ? undefined : candidates.slice(0, count)
  }
}
