import type { Statistics } from '../../observe/statistics.ts'

/** Tokens that a model has read and written. */
export interface UsedTokens {
  readonly promptTokens?: number
  readonly completionTokens?: number
  readonly embeddedTokens?: number
}

/** What routes report to. */
export interface RequestStatistics extends Pick<Statistics, keyof Statistics> {
  /**
   * Charges what nobody has counted, by its length: somebody left before the end, or a provider does not tell it. It is counted nowhere
   * else. Absent: nobody pays.
   */
  reckon?(model: string, used: UsedTokens): void
}

/** Who pays. */
export interface Payer {
  charge(model: string, used: UsedTokens): void
}

/** Statistics of all, of which the tokens are charged to one key besides: no route can forget to. */
export class ChargedStatistics implements RequestStatistics {
  readonly #all: RequestStatistics
  readonly #payer: Payer

  constructor(all: RequestStatistics, payer: Payer) {
    this.#all = all
    this.#payer = payer
  }

  generated(record: Parameters<Statistics['generated']>[0]): void {
    const { promptTokens, completionTokens } = record.usage
    this.#payer.charge(record.model, { promptTokens, completionTokens })
    this.#all.generated(record)
  }

  forwarded(record: Parameters<Statistics['forwarded']>[0]): void {
    const { model = '', ability, promptTokens, completionTokens } = record
    const isRead = ability === 'embeddings' || ability === 'rerank'
    this.#payer.charge(model, isRead ? { embeddedTokens: promptTokens } : { promptTokens, completionTokens })
    this.#all.forwarded(record)
  }

  reckon(model: string, used: UsedTokens): void {
    this.#payer.charge(model, used)
  }

  read(record: Parameters<Statistics['read']>[0]): void {
    this.#payer.charge(record.model, { embeddedTokens: record.tokens })
    this.#all.read(record)
  }

  asked(...about: Parameters<Statistics['asked']>): void {
    this.#all.asked(...about)
  }

  ended(...about: Parameters<Statistics['ended']>): void {
    this.#all.ended(...about)
  }

  waited(...about: Parameters<Statistics['waited']>): void {
    this.#all.waited(...about)
  }

  failed(...about: Parameters<Statistics['failed']>): void {
    this.#all.failed(...about)
  }

  note(...about: Parameters<Statistics['note']>): void {
    this.#all.note(...about)
  }

  view(): ReturnType<Statistics['view']> {
    return this.#all.view()
  }
}
