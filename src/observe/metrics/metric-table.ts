/** What one metric is: everything that is exposed has a row here, and the documentation's table is made of them. */
export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram's buckets, ascending. */
  readonly buckets?: readonly number[]
}

/** From a hundredth of a second on, each twice the one before: what a request may take on a processor and on a GPU. */
const durations = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68,
]
/** OpenTelemetry's bounds for gen_ai.server.time_to_first_token, and some for prompts that a processor reads. */
const firstTokens = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120]
/** Those for gen_ai.server.time_per_output_token. */
const outputTokens = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]
const loads = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320]

const counter = (help: string, labels: readonly string[] = []) => ({ type: 'counter', help, labels }) as const
const gauge = (help: string, labels: readonly string[] = []) => ({ type: 'gauge', help, labels }) as const
const histogram = (help: string, labels: readonly string[], buckets: readonly number[]) =>
  ({ type: 'histogram', help, labels, buckets }) as const

const payer = ['model', 'key'] as const

/** Counted when something happens. */
export const countedMetrics = {
  hearth_http_requests_total: counter('Requests that were answered, by route and status.', [
    'route',
    'method',
    'status',
    ...payer,
  ]),
  hearth_http_request_duration_seconds: histogram(
    'From the head of a request to the end of its answer.',
    ['route'],
    durations,
  ),
  hearth_request_errors_total: counter('Requests that were refused or have failed, by the code of the error.', [
    'code',
    ...payer,
  ]),
  hearth_requests_total: counter('Requests to models, by what they wanted and how they ended.', [
    ...payer,
    'task',
    'outcome',
  ]),
  hearth_request_duration_seconds: histogram(
    'Requests to models, from their beginning to their end.',
    [...payer, 'task'],
    durations,
  ),
  hearth_queue_wait_seconds: histogram('From the request to a slot of the model: queue and load.', payer, durations),
  hearth_time_to_first_token_seconds: histogram(
    'From the request to the first token of an answer.',
    payer,
    firstTokens,
  ),
  hearth_time_per_output_token_seconds: histogram(
    'Mean time between the tokens of an answer, one value for each answer.',
    payer,
    outputTokens,
  ),
  hearth_generations_total: counter('Answers that ended, by their reason.', [...payer, 'reason']),
  hearth_prompt_tokens_total: counter('Tokens of prompts, also those that were cached.', payer),
  hearth_prompt_cached_tokens_total: counter('Tokens of prompts that did not have to be read again.', payer),
  hearth_prompt_cache_hits_total: counter('Answers of which part of the prompt was cached.', payer),
  hearth_prefill_seconds_total: counter('Time in which prompts were read.', payer),
  hearth_completion_tokens_total: counter('Tokens that were generated.', payer),
  hearth_decode_seconds_total: counter('Time in which tokens were generated, of each answer.', payer),
  hearth_reasoning_tokens_total: counter('Tokens that were generated, and thought rather than said.', payer),
  hearth_forced_tokens_total: counter('Tokens that a format left no choice about.', payer),
  hearth_draft_tokens_total: counter('Tokens that were guessed ahead (speculative decoding).', payer),
  hearth_draft_accepted_tokens_total: counter('Guessed tokens that were right.', payer),
  hearth_texts_total: counter('Texts that were embedded or ranked.', [...payer, 'task']),
  hearth_text_tokens_total: counter('Tokens of texts that were embedded or ranked.', [...payer, 'task']),
  hearth_model_load_seconds: histogram('Loads of models that succeeded.', ['model'], loads),
  hearth_model_load_failures_total: counter('Loads of models that failed.', ['model']),
  hearth_model_departures_total: counter(
    'Models that left the memory: evicted for another one, idle, or asked to (unloaded).',
    ['model', 'reason'],
  ),
  hearth_model_crashes_total: counter('Processes of models that died.', ['model']),
  hearth_upstream_answers_total: counter('Answers of providers, whole or broken off.', [
    'provider',
    'ability',
    ...payer,
  ]),
  hearth_upstream_first_byte_seconds: histogram(
    'From the request to the first byte of a provider’s answer.',
    ['provider'],
    firstTokens,
  ),
  hearth_upstream_duration_seconds: histogram(
    'From the request to the end of a provider’s answer.',
    ['provider'],
    durations,
  ),
} as const satisfies Readonly<Record<string, MetricRow>>

/** Read when somebody asks. */
export const readMetrics = {
  hearth_build_info: gauge('1; what runs is in the labels.', ['version', 'runtime']),
  hearth_http_requests_in_flight: gauge('Requests that are being answered now.'),
  hearth_requests_running: gauge('Requests that work with a model now.', ['model', 'task']),
  hearth_requests_waiting: gauge('Requests that wait for a model: in its queue, or for its load.', ['model', 'task']),
  hearth_models_loaded: gauge('Models in memory.'),
  hearth_model_state: gauge('1 for the state that a model is in: loading, ready or leaving.', ['model', 'state']),
  hearth_model_queue_depth: gauge('Requests in the queue of a model.', ['model']),
  hearth_model_slots: gauge('Requests that a model can answer at once.', ['model']),
  hearth_model_slots_busy: gauge('Slots of a model that are taken.', ['model']),
  hearth_model_context_tokens: gauge('Tokens that one slot of a model can hold.', ['model']),
  hearth_model_memory_bytes: gauge('Main memory of a model’s process, measured.', ['model']),
  hearth_model_prompt_cache_bytes: gauge('Main memory that kept states of prompts take.', ['model']),
  hearth_memory_free_bytes: gauge('Memory that models may still take, main memory and that of GPUs.', ['memory']),
  hearth_memory_total_bytes: gauge('Memory that models may take in all.', ['memory']),
  hearth_downloads: gauge('Downloads of models, by their state.', ['state']),
  hearth_upstream_requests_in_flight: gauge('Requests that an address of a provider is answering.', [
    'provider',
    'address',
  ]),
  hearth_upstream_breaker_open: gauge('1 while requests are kept off an address, 0.5 while one tries it, else 0.', [
    'provider',
    'address',
  ]),
  hearth_upstream_healthy: gauge('Whether the last look at an address found it well.', ['provider', 'address']),
  hearth_upstream_attempts_total: counter('Requests that were sent to an address, with those sent again.', [
    'provider',
    'address',
  ]),
  hearth_upstream_retries_total: counter('Requests that were sent to an address again.', ['provider', 'address']),
  hearth_upstream_failures_total: counter('Requests that an address did not answer, or with an error.', [
    'provider',
    'address',
  ]),
  hearth_trace_spans_exported_total: counter('Spans that the collector of traces has taken.'),
  hearth_trace_spans_dropped_total: counter('Spans that were lost: the queue was full, or the collector refused.', [
    'reason',
  ]),
  process_cpu_seconds_total: counter('Processor time of the server, user and system.'),
  process_start_time_seconds: gauge('When the server began, in seconds since 1970.'),
  process_resident_memory_bytes: gauge('Main memory of the server, without its models.'),
  process_open_fds: gauge('File descriptors that are open, where the system tells.'),
  process_max_fds: gauge('File descriptors that may be open, where the system tells.'),
  hearth_event_loop_lag_seconds: gauge('The longest that the server’s event loop was held up since it was last asked.'),
} as const satisfies Readonly<Record<string, MetricRow>>

export type CountedMetric = keyof typeof countedMetrics
export type ReadMetric = keyof typeof readMetrics

/** Every metric by its name. */
export const metricTable: Readonly<Record<CountedMetric | ReadMetric, MetricRow>> = {
  ...countedMetrics,
  ...readMetrics,
}

/** A value that was read for a scrape. */
export interface Reading {
  readonly name: ReadMetric
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}
