import { Type as t } from '@sinclair/typebox'
import { formatFor } from '../../../observe/metrics/exposition.ts'
import { defineRoute } from '../../define-route.ts'
import { readMetrics } from '../../observing/read-metrics.ts'
import { RawReply, rawReply } from '../../raw-reply.ts'

export default defineRoute({
  method: 'GET',
  path: '/metrics',
  operationId: 'system.getMetrics',
  scope: 'read',
  summary: 'Show metrics for Prometheus',
  description: `What requests and models have done and how they stand, in the text format of Prometheus (0.0.4), or in
OpenMetrics where \`Accept\` prefers that: queues, time to the first
token, time for each token, tokens, the prompt cache, memory, loads, evictions, providers, the process. Times are seconds, sizes
bytes. \`model\` is the id of a model that there is, \`key\` the name of the API key; where there are too many of them, the later
ones are \`other\`. docs/observability.md lists all of them.

\`metrics: false\` in config.yaml takes this away. Scraping asks nothing of the models.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: rawReply('text/plain'),
  event: t.Never(),
  examples: [
    {
      name: 'all of them',
      raw: { status: 200, mediaType: 'text/plain', contains: 'hearth_model_slots{model="resident"} 4' },
    },
  ],
  refusals: { metrics_off: {} },
  async handle({ services, refuse, received }) {
    if (!services.limits.current.hasMetrics) throw refuse('metrics_off', {})
    const format = formatFor(received.headers.get('accept'))
    const { text, contentType } = await services.metrics.expose(readMetrics(services), format)
    return new RawReply({
      body: text,
      headers: { 'content-type': contentType, 'cache-control': 'no-store', vary: 'accept' },
    })
  },
})
