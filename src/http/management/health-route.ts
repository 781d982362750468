import { Type as t } from '@sinclair/typebox'
import type { ModelEntry } from '../../core/model.ts'
import { Health, type ModelHealth } from '../../protocol/management/health.wire.ts'
import { defineRoute, type Route, type RouteRequest } from '../define-route.ts'
import type { Services } from '../services.ts'
import { fromLoadedHealth } from './from-loaded-health.ts'

/** Longest wait for the list of models: a slow disk must not make a live server look dead. */
const patienceMilliseconds = 250

const description = `Answers at once with 200 as long as the server lives, whatever its models do. \`models\` says which are
loading, ready or failed, and is absent when the list cannot be had at once, and for whoever sends no valid key to a server
that asks for one.`

/** What stands beside what GET /health tells. */
type Details = Pick<Health, 'model_loaded' | 'all_models_loaded'>

interface HealthRoute {
  readonly operationId: `system.${string}`
  /** What it tells besides, to whoever is known; for the example: of the server of the tests. */
  readonly details?: { readonly of: (services: Services) => Details; readonly example: Details }
}

/** The route that says that the server lives, under one of its paths. */
export const healthRoute = (path: `/${string}`, { operationId, details }: HealthRoute): Route =>
  defineRoute({
    method: 'GET',
    path,
    operationId,
    scope: 'open',
    summary: 'Ask whether the server lives',
    description: details
      ? `${description} \`model_loaded\` and \`all_models_loaded\` are what Lemonade's clients look for.`
      : description,
    params: t.Object({}),
    query: t.Object({}),
    body: t.Never(),
    reply: Health,
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
          ...details?.example,
        },
      },
    ],
    refusals: {},
    handle: (call) => tellHealth(call, details?.of),
  })

/** GET /v1/health: with what Lemonade's clients read. */
export const lemonadeDetails: NonNullable<HealthRoute['details']> = {
  of({ engine, now }) {
    const loaded = engine.residents().flatMap((resident) => fromLoadedHealth(resident, now()) ?? [])
    return { model_loaded: loaded[0]?.model_name ?? null, all_models_loaded: loaded }
  },
  example: {
    model_loaded: 'resident',
    all_models_loaded: [
      {
        model_name: 'resident',
        type: 'llm',
        device: 'cpu',
        recipe: 'llamacpp',
        recipe_options: { ctx_size: 256 },
        pinned: false,
        is_busy: false,
        last_use: 1_769_999_988,
      },
    ],
  },
}

async function tellHealth(
  { services, caller }: Pick<RouteRequest, 'services' | 'caller'>,
  detailsOf: ((services: Services) => Details) | undefined,
): Promise<Health> {
  const { about } = services
  const models = caller.isKnown ? await withinPatience(listHealth(services)) : undefined
  return {
    status: 'ok',
    version: about.version,
    uptime_seconds: Math.max(0, Math.floor(services.now() / 1000 - about.startedSeconds)),
    ...(models && { models }),
    ...(caller.isKnown && !caller.key?.models && detailsOf?.(services)),
  }
}

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
