import type { ModelEvent } from './log-models.ts'
import type { StatisticsListener } from './statistics-listener.ts'
import {
  type ForwardedRecord,
  type GenerationRecord,
  type RequestRecord,
  Tally,
  type TallyView,
  type TextsRecord,
} from './tally.ts'

const departureOf = { room: 'evictions', idle: 'expiries', asked: 'unloads', reload: 'unloads' } as const

/** Models that are counted one by one: what a provider calls a model is up to it, and some take any name. */
const mostModels = 4096

/** What this server has done. */
export interface StatisticsView {
  /** Seconds since 1970: when the counting began. */
  readonly sinceSeconds: number
  readonly total: TallyView
  /** Those that were asked for or loaded, by their ids. */
  readonly models: ReadonlyMap<string, TallyView>
  /** The generation that ended last, and when, in seconds since 1970. */
  readonly last?: GenerationRecord & { readonly endedSeconds: number }
}

/** Counts what requests and models do, for each model and in all, from when it is made. Holds nothing of any text. */
export class Statistics {
  readonly #now: () => number
  readonly #sinceSeconds: number
  readonly #total: Tally
  readonly #models = new Map<string, Tally>()
  /** Those that are in memory: each of their loads ends in one departure, or in a crash. */
  readonly #loaded = new Set<string>()
  readonly #listener: StatisticsListener | undefined
  #last: StatisticsView['last']

  /** `now`: milliseconds since 1970. `listener`: hears of everything that is counted. */
  constructor(now: () => number, listener?: StatisticsListener) {
    this.#now = now
    this.#listener = listener
    this.#sinceSeconds = now() / 1000
    this.#total = new Tally(now)
  }

  /** A request asks for a model that there is. */
  asked(model: string): void {
    this.#each(model, (tally) => tally.count('requests'))
  }

  /** It is over. To be called once for each that was `asked`. */
  ended(record: RequestRecord): void {
    this.#each(record.model, (tally) => tally.count(record.outcome))
    this.#listener?.ended(record)
  }

  /** It has its slot, so long after it came. */
  waited(model: string, milliseconds: number, share?: string): void {
    this.#each(model, (tally) => tally.waited(milliseconds))
    this.#listener?.waited(model, milliseconds, share)
  }

  generated(record: GenerationRecord): void {
    this.#last = { ...record, endedSeconds: this.#now() / 1000 }
    this.#each(record.model, (tally) => tally.generated(record))
    this.#listener?.generated(record)
  }

  /** A provider has answered, or has stopped answering. */
  forwarded(record: ForwardedRecord): void {
    if (record.model !== undefined) this.#each(record.model, (tally) => tally.forwarded(record))
    this.#listener?.forwarded(record)
  }

  /** Texts were embedded or ranked. */
  read(record: TextsRecord): void {
    this.#each(record.model, (tally) => tally.read(record))
    this.#listener?.read(record)
  }

  /** A request was refused or has failed; without a model where it came to none. */
  failed(code: string, model?: string, share?: string): void {
    if (model === undefined) this.#total.failed(code)
    else this.#each(model, (tally) => tally.failed(code))
    this.#listener?.failed(code, model, share)
  }

  /** A model has come or gone. */
  note(event: ModelEvent): void {
    this.#listener?.noted(event)
    const { type, model } = event
    if (type === 'ready') {
      this.#loaded.add(model)
      this.#each(model, (tally) => tally.loaded(event.seconds))
    } else if (type === 'failed') {
      const what = this.#loaded.delete(model) ? 'crashes' : 'failedLoads'
      this.#each(model, (tally) => tally.count(what))
    } else if (type === 'left' && this.#loaded.delete(model)) {
      // A load that was given up has brought nothing that could leave.
      this.#each(model, (tally) => tally.count(departureOf[event.why]))
    }
  }

  view(): StatisticsView {
    return {
      sinceSeconds: this.#sinceSeconds,
      total: this.#total.view(),
      models: new Map([...this.#models].map(([id, tally]) => [id, tally.view()])),
      ...(this.#last && { last: this.#last }),
    }
  }

  #each(model: string, count: (tally: Tally) => void): void {
    let own = this.#models.get(model)
    if (!own && this.#models.size < mostModels) {
      own = new Tally(this.#now)
      this.#models.set(model, own)
    }
    if (own) count(own)
    count(this.#total)
  }
}
