import type { ModelEvent } from '../log-models.ts'
import type { StatisticsListener } from '../statistics-listener.ts'
import type { ForwardedRecord, GenerationRecord, RequestRecord, TextsRecord } from '../tally.ts'
import { EventLoopLag } from './event-loop-lag.ts'
import type { CountedMetric, Reading } from './metric-table.ts'
import { PayerLimit } from './payer-labels.ts'
import { processReadings } from './process-readings.ts'
import { createRegistry, type Labels, type MetricRegistry } from './registry.ts'

/** A request that has been answered. */
export interface AnsweredRecord {
  /** The path of the route as it is defined; absent where there is no such route. */
  readonly route?: string | undefined
  readonly method: string
  readonly status: number
  readonly milliseconds: number
  /** One that there is. */
  readonly model?: string | undefined
  /** Who paid, where that is known. */
  readonly share?: string | undefined
}

interface Addition {
  readonly name: CountedMetric
  readonly labels: Labels
  readonly value: number
}

/** Additions that wait for prom-client at most: then it is loaded, whether anybody scrapes or not. */
const mostPending = 2048

const departures = { room: 'evicted', idle: 'idle', asked: 'asked', reload: 'reloaded' } as const
const methods: ReadonlySet<string> = new Set(['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PUT', 'PATCH'])

/**
 * Counts for Prometheus. Nothing is counted while a generation runs: its record says all of it at its end. What counts
 * (prom-client) is loaded once somebody scrapes, or once much has been noted.
 */
export class Metrics implements StatisticsListener {
  readonly payers = new PayerLimit()
  readonly #isWanted: () => boolean
  readonly #loaded = new Set<string>()
  readonly #lag = new EventLoopLag()
  #inFlight = 0
  #pending: Addition[] = []
  #registry: MetricRegistry | undefined
  #loading: Promise<MetricRegistry> | undefined

  /** `isWanted`: whether anything is to be counted now. */
  constructor(isWanted: () => boolean) {
    this.#isWanted = isWanted
  }

  /** A request has come. To be called once more for each that is `answered`. */
  began(): void {
    this.#inFlight++
  }

  answered({ route = 'none', method, status, milliseconds, model, share }: AnsweredRecord): void {
    this.#inFlight--
    if (!this.#isWanted()) return
    const known = methods.has(method) ? method : 'other'
    const labels = this.payers.labels(model, share)
    this.#add('hearth_http_requests_total', { route, method: known, status, ...labels })
    this.#add('hearth_http_request_duration_seconds', { route }, milliseconds / 1000)
  }

  failed(code: string, model?: string, share?: string): void {
    if (this.#isWanted()) this.#add('hearth_request_errors_total', { code, ...this.payers.labels(model, share) })
  }

  ended({ model, share, task, outcome, milliseconds }: RequestRecord): void {
    if (!this.#isWanted()) return
    const labels = { ...this.payers.labels(model, share), task }
    this.#add('hearth_requests_total', { ...labels, outcome })
    this.#add('hearth_request_duration_seconds', labels, milliseconds / 1000)
  }

  waited(model: string, milliseconds: number, share?: string): void {
    if (this.#isWanted()) this.#add('hearth_queue_wait_seconds', this.payers.labels(model, share), milliseconds / 1000)
  }

  generated({ model, share, usage, reason, waitMilliseconds }: GenerationRecord): void {
    if (!this.#isWanted()) return
    const { promptMilliseconds, generationMilliseconds, completionTokens } = usage
    const labels = this.payers.labels(model, share)
    this.#tokens(labels, usage)
    this.#more('hearth_forced_tokens_total', labels, usage.forcedTokens)
    this.#more('hearth_draft_tokens_total', labels, usage.draftedTokens)
    this.#more('hearth_draft_accepted_tokens_total', labels, usage.acceptedTokens)
    this.#more('hearth_prefill_seconds_total', labels, promptMilliseconds / 1000)
    this.#more('hearth_decode_seconds_total', labels, generationMilliseconds / 1000)
    this.#add('hearth_generations_total', { ...labels, reason })
    if (completionTokens > 0) {
      this.#add('hearth_time_to_first_token_seconds', labels, (waitMilliseconds + promptMilliseconds) / 1000)
    }
    if (completionTokens > 1) {
      const seconds = generationMilliseconds / 1000 / (completionTokens - 1)
      this.#add('hearth_time_per_output_token_seconds', labels, seconds)
    }
  }

  read({ model, share, task, texts, tokens }: TextsRecord): void {
    if (!this.#isWanted()) return
    const labels = { ...this.payers.labels(model, share), task }
    this.#add('hearth_texts_total', labels, texts)
    this.#add('hearth_text_tokens_total', labels, tokens)
  }

  forwarded(record: ForwardedRecord): void {
    if (!this.#isWanted()) return
    const { provider, ability, model, share, reason, firstByteMilliseconds, milliseconds, completionTokens } = record
    const labels = this.payers.labels(model, share)
    this.#add('hearth_upstream_answers_total', { provider, ability, ...labels })
    this.#add('hearth_upstream_first_byte_seconds', { provider }, firstByteMilliseconds / 1000)
    this.#add('hearth_upstream_duration_seconds', { provider }, milliseconds / 1000)
    if (ability === 'embeddings') {
      this.#more('hearth_text_tokens_total', { ...labels, task: 'embedding' }, record.promptTokens)
    } else if (completionTokens > 0 || reason !== undefined) {
      this.#tokens(labels, record)
      this.#add('hearth_generations_total', { ...labels, reason: reasonOf(reason) })
      this.#add('hearth_time_to_first_token_seconds', labels, firstByteMilliseconds / 1000)
      const seconds = (milliseconds - firstByteMilliseconds) / 1000
      if (completionTokens > 1) {
        this.#add('hearth_time_per_output_token_seconds', labels, seconds / (completionTokens - 1))
      }
    }
  }

  noted(event: ModelEvent): void {
    const model = this.payers.labels(event.model).model
    if (event.type === 'ready') {
      this.#loaded.add(event.model)
      if (this.#isWanted()) this.#add('hearth_model_load_seconds', { model }, event.seconds)
    } else if (event.type === 'failed') {
      const what = this.#loaded.delete(event.model) ? 'crashes' : 'load_failures'
      if (this.#isWanted()) this.#add(`hearth_model_${what}_total`, { model })
    } else if (event.type === 'left' && this.#loaded.delete(event.model) && this.#isWanted()) {
      this.#add('hearth_model_departures_total', { model, reason: departures[event.why] })
    }
  }

  /** Everything that was counted, what is read now, and the process itself, as Prometheus reads it. */
  async expose(readings: readonly Reading[]): Promise<{ readonly text: string; readonly contentType: string }> {
    const registry = await this.#load()
    const own: Reading[] = [
      { name: 'hearth_http_requests_in_flight', value: this.#inFlight },
      { name: 'hearth_event_loop_lag_seconds', value: this.#lag.takeSeconds() },
    ]
    const text = await registry.expose([...own, ...processReadings(), ...readings])
    return { text, contentType: registry.contentType }
  }

  #tokens(
    labels: Labels,
    usage: Readonly<Record<'promptTokens' | 'cachedTokens' | 'completionTokens' | 'reasoningTokens', number>>,
  ): void {
    this.#more('hearth_prompt_tokens_total', labels, usage.promptTokens)
    this.#more('hearth_prompt_cached_tokens_total', labels, usage.cachedTokens)
    this.#more('hearth_completion_tokens_total', labels, usage.completionTokens)
    this.#more('hearth_reasoning_tokens_total', labels, usage.reasoningTokens)
    if (usage.cachedTokens > 0) this.#add('hearth_prompt_cache_hits_total', labels)
  }

  /** What is nothing makes no series. */
  #more(name: CountedMetric, labels: Labels, value: number): void {
    if (value > 0) this.#add(name, labels, value)
  }

  #add(name: CountedMetric, labels: Labels, value = 1): void {
    if (this.#registry) this.#registry.add(name, labels, Math.max(0, value))
    else this.#pending.push({ name, labels, value: Math.max(0, value) })
    if (this.#pending.length === mostPending) void this.#load()
  }

  #load(): Promise<MetricRegistry> {
    this.#loading ??= createRegistry().then((registry) => {
      for (const { name, labels, value } of this.#pending) registry.add(name, labels, value)
      this.#pending = []
      this.#registry = registry
      return registry
    })
    return this.#loading
  }
}

/** The words of OpenAI's API; a provider's own ones are up to it. */
const reasonOf = (reason: string | undefined): string => {
  if (reason === undefined) return 'none'
  const known = reason.replace('_', '-')
  return ['stop', 'length', 'tool-calls', 'content-filter'].includes(known) ? known : 'other'
}
