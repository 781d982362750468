import { noteDoor } from './compose-keys.ts'
import { type Listeners, openListeners } from './compose-listeners.ts'
import { refuseOpenServer } from './compose-open-door.ts'
import { composeReload } from './compose-reload.ts'
import { type ComposedServices, composeServices } from './compose-services.ts'
import { deviceKnown } from './compose-system.ts'
import { warmModels } from './compose-warm.ts'
import type { Config } from './config/config.ts'
import type { ConfigSource } from './config/config-reloader.ts'
import type { Environment } from './config/environment.ts'
import { type Live, LiveValue } from './core/live.ts'
import { mount } from './http/mount.ts'
import * as routes from './http/routes.gen.ts'
import type { Services } from './http/services.ts'
import { modelsFolderProblem } from './models/models-folder.ts'
import type { Log } from './observe/log.ts'

export interface ServerInput {
  readonly config: Config
  /** The same, where it may change while the server runs: it is set whenever its source says something else. */
  readonly live?: LiveValue<Config>
  /** Absent: the configuration stays as it is. */
  readonly source?: ConfigSource
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
  /** Reads the configuration again. Never rejects. */
  reload(): Promise<unknown>
}

/**
 * Joins all parts to a server, and resolves when it listens. Models load after that. Throws `ListenError`, `open_to_others`, and
 * `gpu_required` where a GPU is and none can be used.
 */
export async function startServer(input: ServerInput): Promise<StartedServer> {
  const { config, environment, log, live = new LiveValue(config), source } = input
  refuseOpenServer({ config, environment })
  const ending = new AbortController()
  const configuration = composeReload({ live, source, environment, log })
  const services = await composeServices({ config, live, configuration, environment, log, signal: ending.signal })
  const mounted = mount(Object.values(routes), services)
  const server = await openListeners({ config, environment, fetch: mounted.fetch, log })
  const asksForKey = noteDoor(services.keys, { ...server, log })
  void begin({ config, environment, services, log })
  await configuration.start()
  const started = untilStopped({ server, services, live, log })
  const end = () => {
    configuration[Symbol.dispose]()
    ending.abort()
  }
  void started.stopped.finally(end).catch(() => {})
  return { ...started, asksForKey, reload: () => configuration.reload() }
}

interface BeginParts {
  readonly config: Config
  readonly environment: Environment
  readonly services: Services
  readonly log: Log
}

/** Brings in what is wanted, once it is known what fits. */
async function begin(parts: BeginParts) {
  const { config, environment, log } = parts
  const { models, engine, system } = parts.services
  const problem = await modelsFolderProblem(config.models_dir)
  if (problem) log.warn(problem)
  await deviceKnown({ environment, system, log })
  await warmModels({ config, models, engine, log })
}

interface Stoppable {
  readonly server: Listeners
  readonly services: ComposedServices
  readonly live: Live<Config>
  readonly log: Log
}

function untilStopped({ server, services, live, log }: Stoppable): Omit<StartedServer, 'asksForKey' | 'reload'> {
  const stopped = Promise.withResolvers<number>()
  let isStopping = false
  const stop = async (reason: string) => {
    if (isStopping) return
    isStopping = true
    log.info('stopping', { reason, running: server.pending() })
    const patience = AbortSignal.timeout(live.current.shutdown_seconds * 1000)
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
    await services.traces.close()
    log.info('stopped')
    stopped.resolve(0)
  }
  const { urls } = server
  return {
    url: urls[0] ?? '',
    urls,
    stopped: stopped.promise,
    stop: (reason) => void stop(reason).catch(stopped.reject),
  }
}
