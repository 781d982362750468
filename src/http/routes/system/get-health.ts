import { type Static, Type as t } from '@sinclair/typebox'
import type { ModelEntry } from '../../../core/model.ts'
import { defineRoute } from '../../define-route.ts'
import type { Services } from '../../services.ts'

const ModelHealth = t.Object({
  id: t.String(),
  state: t.Union([t.Literal('unloaded'), t.Literal('loading'), t.Literal('ready'), t.Literal('failed')]),
  progress: t.Optional(t.Number({ minimum: 0, maximum: 1, description: 'Of the weights, while the model loads.' })),
  problem: t.Optional(t.String({ description: 'Why the model cannot be used.' })),
})
type ModelHealth = Static<typeof ModelHealth>

/** Longest wait for the list of models: a slow disk must not make a live server look dead. */
const patienceMilliseconds = 250

export default defineRoute({
  method: 'GET',
  path: '/health',
  operationId: 'system.getHealth',
  scope: 'open',
  summary: 'Ask whether the server lives',
  description: `Answers at once with 200 as long as the server lives, whatever its models do. \`models\` says which are
loading, ready or failed, and is absent when the list cannot be had at once, and for whoever sends no valid key to a server
that asks for one.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: t.Object({
    status: t.Literal('ok'),
    version: t.String(),
    uptime_seconds: t.Integer(),
    models: t.Optional(t.Array(ModelHealth)),
  }),
  event: t.Never(),
  examples: [
    {
      name: 'before the first request',
      reply: {
        status: 'ok',
        version: '0.1.0',
        uptime_seconds: 60,
        models: [
          { id: 'smollm2-135m-instruct', state: 'unloaded' },
          { id: 'all-minilm-l6-v2', state: 'unloaded' },
          { id: 'truncated', state: 'failed', problem: 'The file ends in the middle of its header.' },
        ],
      },
    },
  ],
  refusals: {},
  async handle({ services, caller }) {
    const { about } = services
    const models = caller.isKnown ? await withinPatience(listHealth(services)) : undefined
    return {
      status: 'ok' as const,
      version: about.version,
      uptime_seconds: Math.max(0, Math.floor(services.now() / 1000 - about.startedSeconds)),
      ...(models && { models }),
    }
  },
})

async function listHealth(services: Services): Promise<ModelHealth[]> {
  const [entries, problems] = await Promise.all([services.models.list(), services.models.problems()])
  const unusable = problems.map(({ id, problem }) => ({ id, state: 'failed' as const, problem }))
  return [...entries.map((entry) => healthOf(entry, services)), ...unusable]
}

function healthOf({ id }: ModelEntry, { engine }: Services): ModelHealth {
  const status = engine.status(id)
  return {
    id,
    state: status.state,
    ...(status.state === 'loading' && { progress: status.fraction }),
    ...(status.state === 'failed' && { problem: status.problem }),
  }
}

/** The value if it comes soon; nothing if it comes late or fails. */
async function withinPatience<Value>(value: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMilliseconds)
  })
  return Promise.race([value.catch(() => undefined), late]).finally(() => clearTimeout(timer))
}
