import { registryOptions } from './compose-registry.ts'
import { warmModels } from './compose-warm.ts'
import type { Config } from './config/config.ts'
import { changesOf } from './config/config-changes.ts'
import type { Environment } from './config/environment.ts'
import { optionKeys, optionRow } from './config/options.ts'
import { messageOf, ServerError } from './core/errors.ts'
import type { Live } from './core/live.ts'
import type { ModelEntry } from './core/model.ts'
import { changedOptions } from './engine/changed-options.ts'
import type { Engine } from './engine/engine.ts'
import type { LiveRegistry } from './models/registry/live-registry.ts'
import type { Log } from './observe/log.ts'

export interface FollowParts {
  readonly live: Live<Config>
  readonly models: LiveRegistry
  readonly engine: Pick<Engine, 'residents' | 'load' | 'unload' | 'warm' | 'status' | 'revise'>
  readonly environment: Environment
  readonly log: Log
  /** Aborts when the server is gone. */
  readonly signal: AbortSignal
}

export interface FollowedModels {
  /** Resolves when all that has changed so far is under way. */
  settled(): Promise<void>
}

/**
 * Has the models be as the configuration says at any time. Requests that run in a model end with it as it is: one whose own
 * options have changed is loaded anew after them, and one that is not in the list any more leaves.
 */
export function followModels(parts: FollowParts): FollowedModels {
  const { live, models, environment, log } = parts
  let last = Promise.resolve()
  live.onChange((config, past) => {
    if (!changesOf(past, config).some(({ key }) => modelKeys.has(key))) return
    const before = models.reconfigure(registryOptions({ config, environment, log }))
    last = last.then(async () => {
      try {
        const [was, is] = await Promise.all([before.list(), models.list()])
        moveResidents(was, is, parts)
        await warmModels({ ...parts, config })
      } catch (error) {
        log.error(`models could not be made as the configuration says now: ${messageOf(error)}`)
      }
    })
  })
  return { settled: () => last }
}

/** Keys that models are made of. */
const modelKeys: ReadonlySet<string> = new Set([
  ...['models', 'catalog', 'model', 'model_path', 'embedding_model', 'model_dirs', 'preload', 'hugging_face_cache'],
  ...['ollama_models', 'lm_studio_models', 'prompt_cache_memory', 'prompt_cache_folder', 'prompt_cache_disk'],
  ...optionKeys.filter((key) => optionRow(key).perModel),
])

/** What is in memory and was to be otherwise, or is none of ours any more. Everything else is left alone. */
function moveResidents(was: readonly ModelEntry[], is: readonly ModelEntry[], parts: FollowParts): void {
  const [before, after] = [byId(was), byId(is)]
  const changed = is.filter((now) => {
    const old = before.get(now.id)
    return old !== undefined && (now.path !== old.path || isOtherwise(old, now))
  })
  parts.engine.revise(changed)
  for (const { entry, state } of parts.engine.residents()) {
    const [old, now] = [before.get(entry.id), after.get(entry.id)]
    if (!old || state === 'leaving') continue
    if (!now || now.path !== old.path) void leave(entry.id, now, parts)
    else if (isOtherwise(old, now)) void loadAnew(now, parts)
  }
}

const byId = (entries: readonly ModelEntry[]) => new Map(entries.map((entry) => [entry.id, entry]))

const isOtherwise = (old: ModelEntry, now: ModelEntry) =>
  changedOptions(old.load, now.load).length > 0 ||
  old.isPinned !== now.isPinned ||
  old.keepAliveSeconds !== now.keepAliveSeconds

/** Requests that come meanwhile wait for it, as they do whenever somebody has a model loaded with other options. */
async function loadAnew(entry: ModelEntry, parts: FollowParts): Promise<void> {
  const { engine, signal } = parts
  await engine.load(entry, { signal }).catch((error: unknown) => tell(entry.id, error, parts))
}

/** `successor`: what has its name now. */
async function leave(id: string, successor: ModelEntry | undefined, parts: FollowParts): Promise<void> {
  const { engine, signal } = parts
  try {
    await engine.unload(id, { running: 'wait', signal })
    if (successor) await engine.load(successor, { signal })
  } catch (error) {
    tell(id, error, parts)
  }
}

function tell(id: string, error: unknown, { log, signal }: FollowParts): void {
  if (signal.aborted || (error instanceof ServerError && error.code === 'shutting_down')) return
  log.warn(`the model '${id}' is not as the configuration says now: ${messageOf(error)}`)
}
