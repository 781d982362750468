import { Type as t } from '@sinclair/typebox'
import { mayDo } from '../../../core/access.ts'
import { UsageList } from '../../../protocol/management/usage.wire.ts'
import { firstDayOf, keptUsageDays } from '../../../store/key-usage.ts'
import { defineRoute, refuse } from '../../define-route.ts'
import type { Caller } from '../../hooks/authorise.ts'
import { fromUsage } from '../../management/from-usage.ts'

const usualDays = 30

const Query = t.Object(
  {
    days: t.Optional(
      t.String({
        pattern: '^(?:[1-9]|[1-8]\\d|90)$',
        description: `So many days, today among them: ${usualDays}, unless said, and ${keptUsageDays} at most.`,
        expected: 'an integer from 1 to 90',
      }),
    ),
    key: t.Optional(t.String({ minLength: 1, description: 'The name or the id of a key: what that one used.' })),
  },
  { additionalProperties: false },
)

export default defineRoute({
  method: 'GET',
  path: '/v1/usage',
  operationId: 'system.getUsage',
  scope: 'any',
  summary: 'Show what API keys have used',
  description: `Requests and tokens of each key, by days and models. Keys with the scope \`read\` or \`admin\` see all keys, others see
themselves. It does not count against limits. What was used without a key stands in \`GET /v1/stats\` alone.`,
  params: t.Object({}),
  query: Query,
  body: t.Never(),
  reply: UsageList,
  event: t.Never(),
  examples: [
    {
      name: 'one key on one day',
      query: { days: '1' },
      reply: {
        object: 'list',
        from: '2026-02-02',
        data: [
          {
            day: '2026-02-02',
            key: { id: 'given-1', name: 'given-1' },
            model: 'smollm2-135m-instruct',
            requests: 12,
            refused: 1,
            errors: 0,
            prompt_tokens: 1500,
            completion_tokens: 600,
            embedded_tokens: 0,
          },
        ],
      },
    },
  ],
  refusals: { key_not_found: { query: { key: 'absent' } } },
  async handle({ query, caller, services }) {
    const from = firstDayOf(Number(query.days ?? usualDays), services.now())
    const used = services.accounts.usage(from, meantBy(query.key, caller))
    return { object: 'list' as const, from, data: used.map(fromUsage) }
  },
})

/** Who may not look after the server sees nobody else, and is not told who else there is. */
function meantBy(which: string | undefined, { key }: Caller): string | undefined {
  if (!key || mayDo(key.scopes, 'read')) return which
  if (which === undefined || which === key.id || which === key.name) return key.id
  const problem = `it may see its own use alone, not that of '${which}'`
  throw refuse('key_not_allowed', { param: 'key', key: key.name, problem, scope: 'read' })
}
