import { Type as t } from '@sinclair/typebox'
import { ConfigReloadReply } from '../../../protocol/management/config.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { fromConfigChange, fromConfigStanding } from '../../management/from-config-standing.ts'

export default defineRoute({
  method: 'POST',
  path: '/v1/config/reload',
  operationId: 'system.reloadConfig',
  summary: 'Read config.yaml now',
  description: `Reads config.yaml as SIGHUP does, and answers what came of it: \`changed\` took effect, \`awaits_restart\` needs a new start,
and with \`state: kept\` nothing has changed, for the reasons in \`problems\`. Nobody has to ask where the file is watched
(\`watch_config\`).

\`\`\`sh
curl -X POST http://127.0.0.1:8080/v1/config/reload
\`\`\``,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: ConfigReloadReply,
  event: t.Never(),
  examples: [
    {
      name: 'with another level of the log',
      reply: {
        state: 'current',
        file: '/etc/hearth/config.yaml',
        watched: true,
        read_at: 1_770_000_000,
        changed_at: 1_770_000_000,
        problems: [],
        awaits_restart: [],
        changed: [{ key: 'log_level', change: 'info → debug' }],
      },
    },
  ],
  refusals: {},
  async handle({ services }) {
    const outcome = await services.configuration.reload()
    return { ...fromConfigStanding(outcome), changed: outcome.changes.map(fromConfigChange) }
  },
})
