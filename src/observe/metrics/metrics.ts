import type { ModelEvent } from '../log-models.ts'
import type { StatisticsListener } from '../statistics-listener.ts'
import type { ForwardedRecord, GenerationRecord, RequestRecord, TextsRecord } from '../tally.ts'
import { Cells } from './cells.ts'
import { EventLoopLag } from './event-loop-lag.ts'
import { contentTypes, type ExpositionFormat, writeMetrics } from './exposition.ts'
import type { CountedMetric, Reading } from './metric-table.ts'
import { type PayerLabels, PayerLimit } from './payer-labels.ts'
import { processReadings } from './process-readings.ts'

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

const departures = { room: 'evicted', idle: 'idle', asked: 'asked', reload: 'reloaded' } as const
const methods: ReadonlySet<string> = new Set(['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PUT', 'PATCH'])

/** What has no labels, or none of a payer. */
const nobody = {}

/**
 * Counts for Prometheus. Nothing is counted while a generation runs: its record says all of it at its end. What is counted is
 * plain numbers, which are written as text when somebody scrapes.
 */
export class Metrics implements StatisticsListener {
  readonly payers = new PayerLimit()
  readonly #isWanted: () => boolean
  readonly #loaded = new Set<string>()
  readonly #lag = new EventLoopLag()
  readonly #cells = new Cells()
  #inFlight = 0

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
    const more = { route, method: known, status }
    this.#cells.find('hearth_http_requests_total', labels, `${status} ${known} ${route}`, more).add(1)
    this.#cells.find('hearth_http_request_duration_seconds', nobody, route, more).add(milliseconds / 1000)
  }

  failed(code: string, model?: string, share?: string): void {
    if (!this.#isWanted()) return
    this.#cells.find('hearth_request_errors_total', this.payers.labels(model, share), code, { code }).add(1)
  }

  ended({ model, share, task, outcome, milliseconds }: RequestRecord): void {
    if (!this.#isWanted()) return
    const labels = this.payers.labels(model, share)
    const more = { task, outcome }
    this.#cells.find('hearth_requests_total', labels, `${task} ${outcome}`, more).add(1)
    this.#cells.find('hearth_request_duration_seconds', labels, task, more).add(milliseconds / 1000)
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
    this.#cells.find('hearth_generations_total', labels, reason, { reason }).add(1)
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
    const labels = this.payers.labels(model, share)
    this.#cells.find('hearth_texts_total', labels, task, { task }).add(texts)
    this.#cells.find('hearth_text_tokens_total', labels, task, { task }).add(tokens)
  }

  forwarded(record: ForwardedRecord): void {
    if (!this.#isWanted()) return
    const { provider, ability, model, share, firstByteMilliseconds, milliseconds } = record
    const labels = this.payers.labels(model, share)
    const more = { provider, ability }
    this.#cells.find('hearth_upstream_answers_total', labels, `${ability} ${provider}`, more).add(1)
    this.#cells.find('hearth_upstream_first_byte_seconds', nobody, provider, more).add(firstByteMilliseconds / 1000)
    this.#cells.find('hearth_upstream_duration_seconds', nobody, provider, more).add(milliseconds / 1000)
    this.#spent(labels, record)
  }

  noted(event: ModelEvent): void {
    this.payers.runs(event.model)
    const { model } = this.payers.labels(event.model)
    if (event.type === 'ready') {
      this.#loaded.add(event.model)
      this.#happened('hearth_model_load_seconds', { model }, event.seconds)
    } else if (event.type === 'failed') {
      const what = this.#loaded.delete(event.model) ? 'crashes' : 'load_failures'
      this.#happened(`hearth_model_${what}_total`, { model })
    } else if (event.type === 'left' && this.#loaded.delete(event.model)) {
      this.#happened('hearth_model_departures_total', { model, reason: departures[event.why] })
    }
  }

  /** Everything that was counted, what is read now, and the process itself, as Prometheus reads it. */
  async expose(
    readings: readonly Reading[],
    format: ExpositionFormat = 'prometheus',
  ): Promise<{ readonly text: string; readonly contentType: string }> {
    const own: Reading[] = [
      { name: 'hearth_http_requests_in_flight', value: this.#inFlight },
      { name: 'hearth_event_loop_lag_seconds', value: this.#lag.takeSeconds() },
    ]
    const text = await writeMetrics(this.#cells, [...own, ...processReadings(), ...readings], format)
    return { text, contentType: contentTypes[format] }
  }

  /** What an answer of a provider's has taken. */
  #spent(labels: PayerLabels, record: ForwardedRecord): void {
    const { ability, promptTokens, completionTokens, firstByteMilliseconds, milliseconds } = record
    if (ability === 'embeddings') {
      if (promptTokens === 0) return
      const more = { task: 'embedding' }
      this.#cells.find('hearth_text_tokens_total', labels, more.task, more).add(promptTokens)
    } else if (completionTokens > 0 || record.reason !== undefined) {
      this.#tokens(labels, record)
      const reason = reasonOf(record.reason)
      this.#cells.find('hearth_generations_total', labels, reason, { reason }).add(1)
      this.#add('hearth_time_to_first_token_seconds', labels, firstByteMilliseconds / 1000)
      if (completionTokens <= 1) return
      const seconds = (milliseconds - firstByteMilliseconds) / 1000
      this.#add('hearth_time_per_output_token_seconds', labels, seconds / (completionTokens - 1))
    }
  }

  #tokens(
    labels: PayerLabels,
    usage: Readonly<Record<'promptTokens' | 'cachedTokens' | 'completionTokens' | 'reasoningTokens', number>>,
  ): void {
    this.#more('hearth_prompt_tokens_total', labels, usage.promptTokens)
    this.#more('hearth_prompt_cached_tokens_total', labels, usage.cachedTokens)
    this.#more('hearth_completion_tokens_total', labels, usage.completionTokens)
    this.#more('hearth_reasoning_tokens_total', labels, usage.reasoningTokens)
    if (usage.cachedTokens > 0) this.#add('hearth_prompt_cache_hits_total', labels)
  }

  /** What is nothing makes no series. */
  #more(name: CountedMetric, labels: PayerLabels, value: number): void {
    if (value > 0) this.#add(name, labels, value)
  }

  /** Of a metric that has no other labels. */
  #add(name: CountedMetric, labels: PayerLabels, value = 1): void {
    this.#cells.find(name, labels).add(value)
  }

  /** It is rare, and has nobody who pays for it. */
  #happened(name: CountedMetric, labels: Readonly<Record<string, string>>, value = 1): void {
    if (this.#isWanted()) this.#cells.find(name, nobody, Object.values(labels).join('\n'), labels).add(value)
  }
}

/** The words of OpenAI's API; a provider's own ones are up to it. */
const reasonOf = (reason: string | undefined): string => {
  if (reason === undefined) return 'none'
  const known = reason.replace('_', '-')
  return ['stop', 'length', 'tool-calls', 'content-filter'].includes(known) ? known : 'other'
}
