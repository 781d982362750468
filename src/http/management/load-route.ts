import { Type as t } from '@sinclair/typebox'
import type { ModelEntry } from '../../core/model.ts'
import { changedOptions } from '../../engine/changed-options.ts'
import type { LoadOutcome } from '../../engine/engine.ts'
import { checkCompanions } from '../../models/companions.ts'
import { changedLoad } from '../../models/load-change.ts'
import { LoadModelEvent, LoadModelReply, LoadModelRequest } from '../../protocol/management/load.wire.ts'
import { fromEstimate } from '../../protocol/management/memory.ts'
import { toRequiredModelName } from '../../protocol/management/model-name.ts'
import { toKeepAlive } from '../../protocol/openai/keep-alive.ts'
import { defineRoute, type Route, type RouteRequest } from '../define-route.ts'
import { latest } from './latest.ts'
import { checkForeignOptions, notFollowed } from './lemonade-load.ts'
import { toLoadChange } from './load-change.ts'
import { loadExamples, loadRefusals } from './load-route.examples.ts'

type Call = RouteRequest<unknown, unknown, LoadModelRequest>

const description = `Brings a model into memory before somebody needs it, with the options that are named. What is absent is as it was
asked for last, or as it is configured; \`auto\` has it chosen by the model and the memory.

A model that is in memory with other options is loaded **again**, once its running requests have ended: \`outcome\` is
\`reloaded\` then, and \`changed\` names the options. The options hold until the server ends, for loads by requests too; where
the load fails, all is as it was.

Idle models leave to make room, those that were unused for longest first, and stand in \`evicted\`; models in use and pinned
ones stay. What cannot fit is refused with \`model_does_not_fit\` and the numbers. Where context or layers had to shrink,
\`notes\` says what was chosen.

\`keep_alive\` is how long the model stays once nothing uses it: seconds, or a duration as \`5m\`; \`-1\` for ever.

With \`stream\` the progress is told as events, \`progress\` and at the end \`complete\` with the whole reply. A client that leaves
gives the load up, unless others wait for the model.

What Lemonade's clients send besides is taken: \`save_options\`, \`merge_args\` and \`llamacpp_backend\` change nothing here, and
\`notes\` says so where that matters; \`llamacpp_args\` is refused unless it is empty.

\`\`\`sh
curl http://127.0.0.1:8080/v1/models/load -d '{"model": "smollm2-135m-instruct", "n_ctx": 4096, "slots": 2}'
\`\`\``

/** The route that loads a model, under one of the paths that clients have for it. */
export function loadRoute(path: `/${string}`, operationId: `models.${string}`): Route {
  return defineRoute({
    method: 'POST',
    path,
    operationId,
    summary: 'Load a model',
    description,
    params: t.Object({}),
    query: t.Object({}),
    body: LoadModelRequest,
    reply: LoadModelReply,
    event: LoadModelEvent,
    framing: 'named',
    examples: loadExamples,
    refusals: loadRefusals,
    handle: (call) => (call.body.stream ? streamed(call) : load(call, () => {})),
  })
}

async function* streamed(call: Call): AsyncGenerator<LoadModelEvent> {
  const { id: model } = await call.services.models.find(toRequiredModelName(call.body), 'chat')
  const progress = latest<number>()
  const done = load(call, progress.push).finally(progress.end)
  // It is awaited below, whatever happens before.
  done.catch(() => {})
  for await (const fraction of progress) if (fraction < 1) yield { type: 'progress', model, progress: fraction }
  yield { type: 'complete', ...(await done) }
}

async function load(call: Call, onProgress: (fraction: number) => void): Promise<LoadModelReply> {
  const { body, services, signal, running } = call
  checkForeignOptions(body)
  const current = await services.models.find(toRequiredModelName(body), 'chat')
  const change = await checkCompanions(await toLoadChange(body, current, services), current)
  const keepAliveSeconds = toKeepAlive(body)
  const standing = {
    ...(body.pinned !== undefined && body.pinned !== null && { isPinned: body.pinned }),
    ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
  }
  const entry: ModelEntry = { ...current, ...standing, load: changedLoad(current.load, change) }
  running.begin({ model: entry.id, task: 'load' }, services.requests)
  const outcome = await services.engine.load(entry, {
    signal,
    ...standing,
    onProgress(fraction) {
      running.state = { type: 'loading', fraction }
      onProgress(fraction)
    },
  })
  const others = otherOptions(entry, call)
  if (others.length > 0) return toReply(entry, outcome, { call, others })
  // Not before: options with which it cannot be loaded would keep it from being loaded by anybody.
  if (Object.keys({ ...change, ...standing }).length > 0)
    await services.models.configure(entry.id, { load: change, ...standing })
  return toReply(entry, outcome, { call, others })
}

const residentOf = (id: string, { services }: Call) => services.engine.residents().find(({ entry }) => entry.id === id)

/** Options that somebody else wanted to be others at the same time, and who went before. */
function otherOptions({ id, load }: ModelEntry, call: Call): readonly string[] {
  const resident = residentOf(id, call)
  return resident ? changedOptions(resident.entry.load, load).map((name) => wireNames[name]) : []
}

function toReply(
  { id }: ModelEntry,
  outcome: LoadOutcome,
  { call, others }: { readonly call: Call; readonly others: readonly string[] },
): LoadModelReply {
  const { facts } = outcome
  const resident = residentOf(id, call)
  const raced =
    others.length > 0 ? [`Another load of it came at the same time, and what it says holds: ${others.join(', ')}.`] : []
  return {
    status: 'success',
    message: `${sentences[outcome.outcome]}: ${id}, ${facts.slots} × ${facts.contextSize} tokens on ${facts.device}`,
    model: id,
    outcome: outcome.outcome,
    changed: outcome.changed.map((name) => wireNames[name]),
    evicted: [...outcome.evicted],
    seconds: Number(outcome.seconds.toFixed(3)),
    n_ctx: facts.contextSize,
    slots: facts.slots,
    threads: facts.threads,
    n_gpu_layers: facts.gpuLayers,
    device: facts.device,
    notes: [
      ...new Set([...raced, ...notFollowed(call.body, facts), ...facts.notes, ...(resident?.estimate.notes ?? [])]),
    ],
    ...(resident && { estimate: fromEstimate(resident.estimate) }),
    ...(resident?.measuredBytes !== undefined && { measured_main_bytes: resident.measuredBytes }),
  }
}

const sentences = { loaded: 'Loaded', reloaded: 'Loaded again', unchanged: 'In memory already' } as const

const wireNames = {
  contextSize: 'n_ctx',
  gpuLayers: 'n_gpu_layers',
  slots: 'slots',
  threads: 'threads',
  draft: 'draft_model',
  promptLookup: 'prompt_lookup',
  promptCache: 'prompt_cache',
  cacheTypes: 'cache_type',
  adapters: 'lora',
} as const satisfies Record<LoadOutcome['changed'][number], string>
