import { noteDoor } from './compose-keys.ts'
import { type Listeners, openListeners } from './compose-listeners.ts'
import { composeServices } from './compose-services.ts'
import { deviceKnown } from './compose-system.ts'
import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { messageOf } from './core/errors.ts'
import { LiveValue } from './core/live.ts'
import { mount } from './http/mount.ts'
import * as routes from './http/routes.gen.ts'
import type { Services } from './http/services.ts'
import { modelsFolderProblem } from './models/models-folder.ts'
import type { Log } from './observe/log.ts'

export interface ServerInput {
  readonly config: Config
  readonly environment: Environment
  readonly log: Log
}

/** A server that listens. */
export interface StartedServer {
  /** The first of `urls`. */
  readonly url: string
  /** Every address that it listens on: `http://127.0.0.1:8080`, `https://[::]:8443`, `unix:/run/hearth.sock`. */
  readonly urls: readonly string[]
  /** Whether requests had to bring an API key when it started. */
  readonly asksForKey: boolean
  /** Resolves with the exit code once everything is gone: connections, models, processes. */
  readonly stopped: Promise<number>
  /** Takes no new requests, lets the running ones end for as long as the configuration allows. Returns at once. */
  stop(reason: string): void
}

/**
 * Joins all parts to a server, and resolves when it listens. Models load after that. Throws `ListenError`, and `gpu_required`
 * where a GPU is and none can be used.
 */
export async function startServer({ config, environment, log }: ServerInput): Promise<StartedServer> {
  const live = new LiveValue(config)
  const ending = new AbortController()
  const services = await composeServices({ config, live, environment, log, signal: ending.signal })
  const mounted = mount(Object.values(routes), services)
  const server = await openListeners({ config, environment, fetch: mounted.fetch, log })
  const asksForKey = noteDoor(services.keys, { ...server, log })
  void begin({ config, environment, services, log })
  const started = untilStopped({ server, services, config, log })
  void started.stopped.finally(() => ending.abort()).catch(() => {})
  return { ...started, asksForKey }
}

interface BeginParts {
  readonly config: Config
  readonly environment: Environment
  readonly services: Services
  readonly log: Log
}

/** Loads the default models and those that are pinned, if that is wanted. What cannot be used, the registry has said. */
async function begin(parts: BeginParts) {
  const { config, environment, log } = parts
  const { models, engine, system } = parts.services
  const problem = await modelsFolderProblem(config.models_dir)
  if (problem) log.warn(problem)
  await deviceKnown({ environment, system, log })
  // What is to stay comes first, so that nothing has taken its memory.
  if (config.preload) for (const entry of await models.list()) if (entry.isPinned) engine.warm(entry)
  for (const kind of ['chat', 'embedding'] as const) {
    try {
      const entry = await models.find(undefined, kind)
      if (entry.kind !== kind)
        log.warn(
          `the default ${kind} model '${entry.id}' is for ${entry.kind}: requests for ${kind} that name no model are refused`,
        )
      if (config.preload) engine.warm(entry)
    } catch (error) {
      log.debug(`there is no default ${kind} model`, { reason: messageOf(error) })
    }
  }
}

interface Stoppable {
  readonly server: Listeners
  readonly services: Services
  readonly config: Config
  readonly log: Log
}

function untilStopped({ server, services, config, log }: Stoppable): Omit<StartedServer, 'asksForKey'> {
  const stopped = Promise.withResolvers<number>()
  let isStopping = false
  const stop = async (reason: string) => {
    if (isStopping) return
    isStopping = true
    log.info('stopping', { reason, running: server.pending() })
    const patience = AbortSignal.timeout(config.shutdown_seconds * 1000)
    const closed = server.stop()
    await services.downloads.close()
    await services.engine.drain(patience)
    await services.background.stop()
    // What is left are answers on their way out; a client that does not read them cannot hold us up.
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 1000).unref?.())])
    await server.closeNow()
    services.responses[Symbol.dispose]()
    // First: what keys have used is written into their file.
    services.accounts[Symbol.dispose]()
    services.keys[Symbol.dispose]()
    services.providers[Symbol.dispose]()
    log.info('stopped')
    stopped.resolve(0)
  }
    await services.traces.close()
  const { urls } = server
  return {
    url: urls[0] ?? '',
    urls,
    stopped: stopped.promise,
    stop: (reason) => void stop(reason).catch(stopped.reject),
  }
}
