export type TicketId = number

/** A request that waits for its turn. */
export interface Ticket {
  /** Grows with every ticket: the smaller one is the older one. */
  readonly id: TicketId
  /** Id of the model it wants. */
  readonly model: string
  /** false: it only wants the model to be there and to stay. */
  readonly takesSlot: boolean
  /** Who pays for it. */
  readonly share: string
}

/** What a share has had of a model. */
export interface ShareView {
  /** Slots that it has now. */
  readonly running: number
  /** Seconds of slots that it has had, on the model's virtual clock: only differences between shares mean something. */
  readonly usedSeconds: number
  /** Requests of others that have started since it began to wait, or since the last one of its own did. */
  readonly passed: number
  /** The youngest ticket that there was when the last one of this share started; 0 where none has. */
  readonly startedAt: TicketId
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
  /** Whether it stays whoever else wants its memory. */
  readonly isPinned: boolean
  /** Set where somebody wants it to leave: it starts tickets up to this one, and leaves when they have ended. */
  readonly closedAfter?: TicketId
  /** Whether it has been in memory for so long that loading it was worth it, whoever wants its memory. */
  readonly hasStayed: boolean
  /** Tickets up to this one waited when it had been loaded. */
  readonly loadedFor: TicketId
  /** Threads of the processor that its requests keep busy all the time; 0: it leaves room for others. */
  readonly threads: number
  /** When it began to compute, on any clock; the smallest of all where it never has. */
  readonly turnBegan: number
  /** Whether it has computed for as long as it may while others wait for the processor. */
  readonly isTurnOver: boolean
  /** Those that wait for it or have slots of it, and may be some others. A share that is not here has had nothing. */
  readonly shares: ReadonlyMap<string, ShareView>
}

/** Everything that a policy may look at: a snapshot, oldest ticket first. */
export interface View {
  readonly waiting: readonly Ticket[]
  readonly models: ReadonlyMap<string, ModelView>
  /** Whether the memory of all these models could be had now if those others were gone. */
  readonly fits: (wanted: readonly string[], evicting: readonly string[]) => boolean
  /** Tickets that may wait for one model. */
  readonly maxWaiting: number
  /** Threads that can compute at once. */
  readonly cores: number
}

export type Decision =
  | { readonly type: 'ticket-start'; readonly ticket: TicketId }
  /** Too many wait for the model already. */
  | { readonly type: 'ticket-refuse'; readonly ticket: TicketId }
  /** Evict the others first, then load. */
  | { readonly type: 'model-load'; readonly model: string; readonly evict: readonly string[] }
  /** Nobody has wanted the model for as long as it was to be kept, or somebody wants it to leave and nothing uses it. */
  | { readonly type: 'model-unload'; readonly model: string }
  /** The model cannot be had even if every other one left that may. */
  | { readonly type: 'model-refuse'; readonly model: string }

/** Pure: same view, same decisions. The engine asks after every event, and carries out what is answered. */
export type Policy = (view: View) => readonly Decision[]
