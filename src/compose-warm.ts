import type { Config } from './config/config.ts'
import { messageOf } from './core/errors.ts'
import type { ModelEntry } from './core/model.ts'
import type { Engine } from './engine/engine.ts'
import type { ModelRegistry } from './models/registry.ts'
import type { Log } from './observe/log.ts'

interface WarmParts {
  readonly config: Pick<Config, 'preload'>
  readonly models: Pick<ModelRegistry, 'list' | 'find'>
  readonly engine: Pick<Engine, 'warm' | 'status'>
  readonly log: Pick<Log, 'warn' | 'info' | 'debug'>
}

/**
 * Loads the default models and those that are pinned, where they are not in memory and that is wanted. What cannot be used,
 * the registry has said.
 */
export async function warmModels(parts: WarmParts): Promise<void> {
  const { config, models, log } = parts
  // What is to stay comes first, so that nothing has taken its memory.
  if (config.preload) for (const entry of await models.list()) if (entry.isPinned) warm(entry, parts)
  for (const kind of ['chat', 'embedding'] as const) {
    try {
      const entry = await models.find(undefined, kind)
      if (entry.kind !== kind)
        log.warn(
          `the default ${kind} model '${entry.id}' is for ${entry.kind}: requests for ${kind} that name no model are refused`,
        )
      if (config.preload) warm(entry, parts)
    } catch (error) {
      log.debug(`there is no default ${kind} model`, { reason: messageOf(error) })
    }
  }
}

/** A model that would push another one out waits for somebody who wants it: without word of it, it would seem forgotten. */
function warm(entry: ModelEntry, { engine, log }: WarmParts): void {
  engine.warm(entry)
  if (engine.status(entry.id).state === 'unloaded')
    log.info(
      `'${entry.id}' is not loaded ahead, as too little memory is left beside the others; a request for it loads it`,
    )
}
