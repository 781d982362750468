import type { Stats, Tally } from '../../../protocol/management/stats.wire.ts'

const none = { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 }

const firstTally: Tally = {
  requests: 0,
  running: 1,
  waiting: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  generations: 0,
  input_tokens: 0,
  cached_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  forced_tokens: 0,
  drafted_tokens: 0,
  accepted_tokens: 0,
  embedded_texts: 0,
  embedded_tokens: 0,
  ranked_texts: 0,
  ranked_tokens: 0,
  loads: 0,
  failed_loads: 0,
  crashes: 0,
  evictions: 0,
  expiries: 0,
  unloads: 0,
  errors: {},
  time_to_first_token_seconds: none,
  tokens_per_second: none,
  wait_seconds: none,
  load_seconds: none,
  throughput: { input_tokens_per_second: 0, output_tokens_per_second: 0, text_tokens_per_second: 0 },
}

/** One request runs, and nothing has been done yet. */
export const firstStats: Stats = {
  since: 1_770_000_000,
  total: firstTally,
  models: [],
  request_count_total: 0,
  input_tokens_total: 0,
  output_tokens_total: 0,
  prompt_tokens_total: 0,
  cache_tokens_total: 0,
}
