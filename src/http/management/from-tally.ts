import type { Spread as SpreadView } from '../../observe/sliding-window.ts'
import type { StatisticsView } from '../../observe/statistics.ts'
import { firstTokenOf, rateOf, type TallyView } from '../../observe/tally.ts'
import type { LastGeneration, Tally } from '../../protocol/management/stats.wire.ts'

/** Requests of a model, or of all, at this moment. */
export interface NowCount {
  readonly running: number
  readonly waiting: number
}

export function fromTally(tally: TallyView, now: NowCount): Tally {
  const { tokens, recent } = tally
  return {
    requests: tally.requests,
    ...now,
    completed: tally.completed,
    failed: tally.failed,
    cancelled: tally.cancelled,
    generations: tally.generations,
    input_tokens: tokens.prompt,
    cached_tokens: tokens.cached,
    output_tokens: tokens.completion,
    reasoning_tokens: tokens.reasoning,
    forced_tokens: tokens.forced,
    drafted_tokens: tokens.drafted,
    accepted_tokens: tokens.accepted,
    embedded_texts: tally.embeddedTexts,
    embedded_tokens: tally.embeddedTokens,
    ranked_texts: tally.rankedTexts,
    ranked_tokens: tally.rankedTokens,
    loads: tally.loads,
    failed_loads: tally.failedLoads,
    crashes: tally.crashes,
    evictions: tally.evictions,
    expiries: tally.expiries,
    unloads: tally.unloads,
    errors: { ...tally.errors },
    time_to_first_token_seconds: fromSpread(tally.firstTokenMilliseconds, 1000),
    tokens_per_second: fromSpread(tally.tokensPerSecond),
    wait_seconds: fromSpread(tally.waitMilliseconds, 1000),
    load_seconds: fromSpread(tally.loadSeconds),
    throughput: {
      input_tokens_per_second: round(recent.prompt),
      output_tokens_per_second: round(recent.completion),
      text_tokens_per_second: round(recent.texts),
    },
  }
}

export function fromLast(last: NonNullable<StatisticsView['last']>): LastGeneration {
  const { usage } = last
  const rate = rateOf(usage)
  return {
    model: last.model,
    ended_at: last.endedSeconds,
    finish_reason: last.reason,
    input_tokens: usage.promptTokens,
    cached_tokens: usage.cachedTokens,
    output_tokens: usage.completionTokens,
    reasoning_tokens: usage.reasoningTokens,
    forced_tokens: usage.forcedTokens,
    drafted_tokens: usage.draftedTokens,
    accepted_tokens: usage.acceptedTokens,
    wait_seconds: round(last.waitMilliseconds / 1000),
    time_to_first_token_seconds: round(firstTokenOf(last) / 1000),
    ...(rate !== undefined && { tokens_per_second: round(rate) }),
  }
}

const fromSpread = ({ count, mean, p50, p90, p99, largest }: SpreadView, per = 1) => ({
  count,
  mean: round(mean / per),
  p50: round(p50 / per),
  p90: round(p90 / per),
  p99: round(p99 / per),
  max: round(largest / per),
})

/** Four digits behind the point: a tenth of a millisecond. */
const round = (value: number) => Number(value.toFixed(4))
