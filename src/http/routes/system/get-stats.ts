import { Type as t } from '@sinclair/typebox'
import { Stats } from '../../../protocol/management/stats.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { fromLast, fromTally, type NowCount } from '../../management/from-tally.ts'
import type { Services } from '../../services.ts'
import { firstStats } from './get-stats.examples.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/stats',
  operationId: 'system.getStats',
  summary: 'Show what was done so far',
  description: `What requests and models have done since the server began, in all and for each model: requests and queue, tokens, the time
to the first token, tokens a second, cached and guessed tokens, loads, evictions, errors by their codes; and the figures of
the generation that ended last.

\`requests\` are those that run, wait, are \`completed\`, \`failed\` or \`cancelled\` together. Percentiles are of the last 512
values. The tokens of an answer that was cut short count like any other, and its client that left is one more
\`request_cancelled\`. Nothing is kept when the server ends; counting costs less than a
microsecond a token.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: Stats,
  event: t.Never(),
  examples: [{ name: 'before the first request', reply: firstStats }],
  refusals: {},
  async handle({ services }) {
    const { sinceSeconds, total, models, last: ended } = services.statistics.view()
    const now = countNow(services)
    const last = ended && fromLast(ended)
    return {
      since: sinceSeconds,
      total: fromTally(total, sumOf([...now.values()])),
      models: [...models].map(([id, tally]) => ({ id, ...fromTally(tally, now.get(id) ?? sumOf([])) })),
      ...(last && {
        last,
        time_to_first_token: last.time_to_first_token_seconds,
        ...(last.tokens_per_second !== undefined && { tokens_per_second: last.tokens_per_second }),
        input_tokens: last.input_tokens,
        output_tokens: last.output_tokens,
        prompt_tokens: last.input_tokens,
        cache_tokens: last.cached_tokens,
      }),
      request_count_total: total.requests,
      input_tokens_total: total.tokens.prompt,
      output_tokens_total: total.tokens.completion,
      prompt_tokens_total: total.tokens.prompt,
      cache_tokens_total: total.tokens.cached,
    }
  },
})

/** By the models' ids. */
function countNow({ requests }: Services): ReadonlyMap<string, NowCount> {
  const counts = new Map<string, NowCount>()
  for (const { model = '', task, waitMilliseconds } of requests) {
    if (task === 'load') continue
    const { running, waiting } = counts.get(model) ?? sumOf([])
    const isRunning = waitMilliseconds !== undefined
    counts.set(model, { running: running + Number(isRunning), waiting: waiting + Number(!isRunning) })
  }
  return counts
}

const sumOf = (counts: readonly NowCount[]): NowCount => ({
  running: counts.reduce((sum, { running }) => sum + running, 0),
  waiting: counts.reduce((sum, { waiting }) => sum + waiting, 0),
})
