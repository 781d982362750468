import { randomBytes } from 'node:crypto'
import { composeDownloads } from './compose-downloads.ts'
import { allowedHosts, composeKeys, noteDoor } from './compose-keys.ts'
import { composeRegistry } from './compose-registry.ts'
import { composeResponses } from './compose-responses.ts'
import { composeRuntime } from './compose-runtime.ts'
import { composeSystem, deviceKnown, requireGpu } from './compose-system.ts'
import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { keepAliveOf } from './config/model-settings.ts'
import { version } from './config/version.ts'
import { messageOf } from './core/errors.ts'
import type { Runtime } from './core/runtime.ts'
import type { SystemReader } from './core/system.ts'
import { createEngine } from './engine/create-engine.ts'
import type { Engine } from './engine/engine.ts'
import { mount } from './http/mount.ts'
import * as routes from './http/routes.gen.ts'
import { RunningRequests } from './http/running/running-requests.ts'
import type { Services } from './http/services.ts'
import { modelsFolderProblem } from './models/models-folder.ts'
import type { ModelRegistry } from './models/registry.ts'
import type { Log } from './observe/log.ts'
import { logModels } from './observe/log-models.ts'
import { Statistics } from './observe/statistics.ts'
import { availableMemoryBytes, usableCores } from './platform/machine.ts'
import { serve } from './platform/serve.ts'
import type { WebServer } from './platform/web-server.ts'

const mebibyte = 2 ** 20

export interface ServerInput {
  readonly config: Config
  readonly environment: Environment
  readonly log: Log
}

/** A server that listens. */
export interface StartedServer {
  /** `http://127.0.0.1:8080`. */
  readonly url: string
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
  const models = composeRegistry({ config, environment, log })
  const statistics = new Statistics(Date.now)
  const ending = new AbortController()
  const system = composeSystem({ config, environment, signal: ending.signal })
  const runtime = await serverRuntime({ config, environment, log }, system)
  const engine = composeEngine({ config, runtime, system, statistics, log })
  const { responses, background } = composeResponses({ config, log })
  const keys = composeKeys({ config, environment })
  const services: Services = {
    models,
    engine,
    downloads: await composeDownloads({
      config,
      environment,
      log,
      models,
      machine: { runtime, system, engine },
      onDone: () => models.forget(),
    }),
    runtime,
    responses,
    background,
    keys,
    hosts: allowedHosts(config),
    requests: new RunningRequests(),
    statistics,
    system,
    log,
    about: { version, startedSeconds: Date.now() / 1000 },
    limits: { maxBodyBytes: config.max_body_bytes, heartbeatSeconds: config.heartbeat_seconds },
    now: () => Date.now(),
    newId: (prefix) => prefix + randomBytes(16).toString('hex'),
  }
  const mounted = mount(Object.values(routes), services)
  const server = serve({ host: config.host, port: config.port, fetch: mounted.fetch, log })
  const asksForKey = noteDoor(keys, { host: config.host, port: server.port, log })
  void begin({ config, environment, models, engine, system, log })
  const started = untilStopped({ server, services, config, log })
  void started.stopped.finally(() => ending.abort()).catch(() => {})
  return { ...started, asksForKey }
}

/** Throws `gpu_required` where a GPU is and none can be used. */
async function serverRuntime({ config, environment, log }: ServerInput, system: SystemReader): Promise<Runtime> {
  if (config.require_gpu) await requireGpu(system)
  const deviceMemory = () => system.deviceMemory()
  return composeRuntime({ environment, log, deviceMemory, requiresGpu: config.require_gpu })
}

interface EngineParts {
  readonly config: Config
  readonly runtime: Runtime
  readonly system: SystemReader
  readonly statistics: Statistics
  readonly log: Log
}

/** What gives models their turn; the log and the statistics hear of what happens to them. */
function composeEngine(parts: EngineParts): Engine {
  const { config, runtime, system, statistics, log } = parts
  return createEngine({
    runtime,
    availableBytes: availableMemoryBytes,
    deviceMemory: () => system.deviceMemory(),
    ...(config.memory_limit !== 'auto' && { limitBytes: config.memory_limit * mebibyte }),
    keepAliveSeconds: keepAliveOf(config),
    maxWaiting: config.max_queue,
    cores: usableCores(),
    onEvent: (event) => {
      logModels(event, log)
      statistics.note(event)
      if (event.type === 'ready' || event.type === 'left') system.refreshDeviceMemory()
    },
  })
}

interface BeginParts {
  readonly config: Config
  readonly environment: Environment
  readonly models: ModelRegistry
  readonly engine: Engine
  readonly system: SystemReader
  readonly log: Log
}

/** Loads the default models and those that are pinned, if that is wanted. What cannot be used, the registry has said. */
async function begin(parts: BeginParts) {
  const { config, environment, models, engine, system, log } = parts
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
  readonly server: WebServer
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
    services.keys[Symbol.dispose]()
    log.info('stopped')
    stopped.resolve(0)
  }
  return { url: server.url, stopped: stopped.promise, stop: (reason) => void stop(reason).catch(stopped.reject) }
}
