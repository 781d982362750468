import { Type as t } from '@sinclair/typebox'
import { ConfigStandingReply } from '../../../protocol/management/config.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { fromConfigStanding } from '../../management/from-config-standing.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/config',
  operationId: 'system.getConfig',
  summary: 'Ask whether config.yaml is in force',
  description: `Tells whether what stands in config.yaml is in force, and if not, why: a mistake in it changes nothing, and the server goes
on with what it had. Values are not shown; \`hearth config explain\` shows what a new start would have.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: ConfigStandingReply,
  event: t.Never(),
  examples: [
    {
      name: 'with a mistake in it',
      reply: {
        state: 'kept',
        file: '/etc/hearth/config.yaml',
        watched: true,
        read_at: 1_770_000_000,
        problems: [
          {
            message: 'found the text "many", expected a whole number of at least 0',
            key: 'max_queue',
            line: 3,
            column: 12,
          },
        ],
        awaits_restart: [{ key: 'port', change: '8080 → 9090' }],
      },
    },
  ],
  refusals: {},
  handle: async ({ services }) => fromConfigStanding(services.configuration.standing),
})
