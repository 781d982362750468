import type { FinishReason, Usage } from '../core/generation.ts'
import { RecentRate } from './recent-rate.ts'
import { SlidingWindow, type Spread } from './sliding-window.ts'

/** A generation that has ended. */
export interface GenerationRecord {
  readonly model: string
  readonly usage: Usage
  readonly reason: FinishReason
  /** From the request to the slot: queue and load. */
  readonly waitMilliseconds: number
  /** Who pays for it: of a request with an API key its id. */
  readonly share?: string
}

/** A request to a model that is over. */
export interface RequestRecord {
  readonly model: string
  readonly task: string
  readonly outcome: RequestEnd
  /** From its beginning. */
  readonly milliseconds: number
  readonly share?: string
}

/** Texts that were embedded or ranked together. */
export interface TextsRecord {
  readonly model: string
  readonly task: 'embedding' | 'ranking'
  readonly texts: number
  readonly tokens: number
  readonly milliseconds: number
  readonly share?: string
}

/** What a provider answered in our place, be it whole or broken off. */
export interface ForwardedRecord {
  readonly provider: string
  /** `provider/model`; absent where the request was about no model. */
  readonly model?: string
  /** How the model was wanted: `chat`, `embeddings` … */
  readonly ability: string
  /** Who pays for it: of a request with an API key its id. */
  readonly share: string
  /** As the provider told them. What it did not tell is 0, but for the completion of a stream: that has its pieces then. */
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly completionTokens: number
  readonly reasoningTokens: number
  /** Whether the provider told its tokens. */
  readonly isCounted: boolean
  /** In the provider's words: `stop`, `length` … Absent where it told none, as of an answer that broke off. */
  readonly reason?: string
  /** From the request to the first byte of the answer's body, and to its end. */
  readonly firstByteMilliseconds: number
  readonly milliseconds: number
}

/** Counts since the server began, of one model or of all together. */
export interface TallyView {
  /** That asked for a model that there is. */
  readonly requests: number
  /** Of these, those that have ended; the others run or wait. */
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
  readonly generations: number
  readonly embeddedTexts: number
  readonly rankedTexts: number
  /** Of generations. The cached ones are among those of the prompts; the others among the completion's, the drafted not. */
  readonly tokens: Readonly<Record<GenerationTokens, number>>
  readonly embeddedTokens: number
  readonly rankedTokens: number
  readonly loads: number
  readonly failedLoads: number
  /** Processes of models that died. */
  readonly crashes: number
  /** Models that left because others needed their memory; because nothing used them; because somebody had them leave. */
  readonly evictions: number
  readonly expiries: number
  readonly unloads: number
  /** By their codes. */
  readonly errors: Readonly<Record<string, number>>
  /** Of the last ones: milliseconds, but tokens a second for `tokensPerSecond` and seconds for `loadSeconds`. */
  readonly firstTokenMilliseconds: Spread
  readonly tokensPerSecond: Spread
  readonly waitMilliseconds: Spread
  readonly loadSeconds: Spread
  /** Tokens a second, of all requests together, over the last minute. */
  readonly recent: { readonly prompt: number; readonly completion: number; readonly texts: number }
}

type GenerationTokens = 'prompt' | 'cached' | 'completion' | 'reasoning' | 'forced' | 'drafted' | 'accepted'
/** How a request ended. `cancelled`: its client left, or somebody who runs the server stopped it. */
export type RequestEnd = 'completed' | 'failed' | 'cancelled'
type Event = RequestEnd | 'requests' | 'loads' | 'failedLoads' | 'crashes' | 'evictions' | 'expiries' | 'unloads'

/** From the request to the first token. */
export const firstTokenOf = ({ usage, waitMilliseconds }: GenerationRecord): number =>
  waitMilliseconds + usage.promptMilliseconds

/** Of the generation alone, as its timings tell; undefined where it took no time that could be measured. */
export function rateOf({ completionTokens, generationMilliseconds }: Usage): number | undefined {
  return generationMilliseconds > 0 ? (completionTokens / generationMilliseconds) * 1000 : undefined
}

/** Counts what one model does, or all of them. */
export class Tally {
  readonly #events: Record<Event, number> = {
    requests: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    loads: 0,
    failedLoads: 0,
    crashes: 0,
    evictions: 0,
    expiries: 0,
    unloads: 0,
  }
  readonly #tokens: Record<GenerationTokens, number> = {
    prompt: 0,
    cached: 0,
    completion: 0,
    reasoning: 0,
    forced: 0,
    drafted: 0,
    accepted: 0,
  }
  readonly #texts = { embedding: { texts: 0, tokens: 0 }, ranking: { texts: 0, tokens: 0 } }
  readonly #errors = new Map<string, number>()
  readonly #firstToken = new SlidingWindow()
  readonly #rates = new SlidingWindow()
  readonly #waits = new SlidingWindow()
  readonly #loads = new SlidingWindow()
  readonly #recent: Readonly<Record<'prompt' | 'completion' | 'texts', RecentRate>>
  #generations = 0

  /** `now`: milliseconds. */
  constructor(now: () => number) {
    this.#recent = { prompt: new RecentRate(now), completion: new RecentRate(now), texts: new RecentRate(now) }
  }

  count(event: Event): void {
    this.#events[event]++
  }

  loaded(seconds: number): void {
    this.#events.loads++
    this.#loads.note(seconds)
  }

  waited(milliseconds: number): void {
    this.#waits.note(milliseconds)
  }

  failed(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1)
  }

  generated(record: GenerationRecord): void {
    const { usage } = record
    this.#generations++
    this.#tokens.prompt += usage.promptTokens
    this.#tokens.cached += usage.cachedTokens
    this.#tokens.completion += usage.completionTokens
    this.#tokens.reasoning += usage.reasoningTokens
    this.#tokens.forced += usage.forcedTokens
    this.#tokens.drafted += usage.draftedTokens
    this.#tokens.accepted += usage.acceptedTokens
    this.#recent.prompt.note(usage.promptTokens - usage.cachedTokens)
    this.#recent.completion.note(usage.completionTokens)
    if (usage.completionTokens > 0) this.#firstToken.note(firstTokenOf(record))
    const rate = rateOf(usage)
    if (rate !== undefined && usage.completionTokens > 1) this.#rates.note(rate)
  }

  forwarded(record: ForwardedRecord): void {
    if (record.ability === 'embeddings') this.#texts.embedding.tokens += record.promptTokens
    else {
      this.#generations++
      this.#tokens.prompt += record.promptTokens
      this.#tokens.cached += record.cachedTokens
      this.#tokens.completion += record.completionTokens
      this.#tokens.reasoning += record.reasoningTokens
      this.#firstToken.note(record.firstByteMilliseconds)
      const seconds = (record.milliseconds - record.firstByteMilliseconds) / 1000
      if (record.completionTokens > 1 && seconds > 0) this.#rates.note(record.completionTokens / seconds)
    }
    this.#recent.prompt.note(record.promptTokens - record.cachedTokens)
    this.#recent.completion.note(record.completionTokens)
  }

  read({ task, texts, tokens }: TextsRecord): void {
    this.#texts[task].texts += texts
    this.#texts[task].tokens += tokens
    this.#recent.texts.note(tokens)
  }

  view(): TallyView {
    const { embedding, ranking } = this.#texts
    return {
      ...this.#events,
      generations: this.#generations,
      embeddedTexts: embedding.texts,
      rankedTexts: ranking.texts,
      tokens: { ...this.#tokens },
      embeddedTokens: embedding.tokens,
      rankedTokens: ranking.tokens,
      errors: Object.fromEntries(this.#errors),
      firstTokenMilliseconds: this.#firstToken.spread(),
      tokensPerSecond: this.#rates.spread(),
      waitMilliseconds: this.#waits.spread(),
      loadSeconds: this.#loads.spread(),
      recent: {
        prompt: this.#recent.prompt.perSecond(),
        completion: this.#recent.completion.perSecond(),
        texts: this.#recent.texts.perSecond(),
      },
    }
  }
}
