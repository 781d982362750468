import { randomBytes } from 'node:crypto'
import { knownAddresses } from './compose-addresses.ts'
import { warnOfContent } from './compose-content-log.ts'
import { composeDownloads } from './compose-downloads.ts'
import { followModels } from './compose-follow-models.ts'
import { allowedHosts, composeDoor } from './compose-keys.ts'
import { limitsOf } from './compose-limits.ts'
import { composeObservers } from './compose-observers.ts'
import { composeProviders } from './compose-providers.ts'
import { composeRegistry } from './compose-registry.ts'
import { composeResponses } from './compose-responses.ts'
import { composeRuntime } from './compose-runtime.ts'
import { composeSystem, requireGpu } from './compose-system.ts'
import type { Config } from './config/config.ts'
import type { ConfigFollower } from './config/config-reloader.ts'
import type { Environment } from './config/environment.ts'
import { keepAliveOf } from './config/model-settings.ts'
import { version } from './config/version.ts'
import { type Live, livePart } from './core/live.ts'
import type { Runtime } from './core/runtime.ts'
import type { SystemReader } from './core/system.ts'
import { createEngine } from './engine/create-engine.ts'
import type { Engine, EngineSettings } from './engine/engine.ts'
import { RunningRequests } from './http/running/running-requests.ts'
import type { Services } from './http/services.ts'
import type { Log } from './observe/log.ts'
import { logModels } from './observe/log-models.ts'
import type { Statistics } from './observe/statistics.ts'
import { availableMemoryBytes, usableCores } from './platform/machine.ts'

const mebibyte = 2 ** 20

interface ServicesInput {
  /** As it was at the start. */
  readonly config: Config
  /** As it is now. */
  readonly live: Live<Config>
  readonly configuration: ConfigFollower
  readonly environment: Environment
  readonly log: Log
  /** Aborts when the server is gone. */
  readonly signal: AbortSignal
}

/** With what ends together with the server. */
export type ComposedServices = Services & ReturnType<typeof composeResponses>

/** Makes everything that routes may reach. Throws `gpu_required` where a GPU is and none can be used. */
export async function composeServices(input: ServicesInput): Promise<ComposedServices> {
  const { config, live, configuration, environment, log, signal } = input
  const addresses = knownAddresses({ config, environment })
  const models = composeRegistry({ config, environment, log })
  const observers = await composeObservers({ live, environment, log })
  const system = composeSystem({ config, environment, signal })
  const runtime = await serverRuntime({ config, environment, log }, system)
  const engine = composeEngine({ config, runtime, system, log, ...observers })
  live.onChange((now) => engine.adjust(engineSettings(now)))
  followModels({ live, models, engine, environment, log, signal })
  const { responses, background } = composeResponses({ config: live, log })
  const limits = livePart(live, limitsOf)
  warnOfContent(limits, log)
  return {
    models,
    engine,
    downloads: await composeDownloads({
      config,
      live,
      environment,
      log,
      models,
      machine: { runtime, system, engine },
      onDone: () => models.forget(),
    }),
    runtime,
    responses,
    background,
    ...composeDoor({ config, addresses, live, environment, log, limits, ...observers }),
    hosts: livePart(live, (now) => allowedHosts(now, addresses)),
    providers: composeProviders({ config: live, environment, log }),
    configuration,
    requests: new RunningRequests(),
    ...observers,
    system,
    log,
    about: { version, startedSeconds: Date.now() / 1000 },
    limits,
    now: () => Date.now(),
    newId: (prefix) => prefix + randomBytes(16).toString('hex'),
  }
}

/** Throws `gpu_required` where a GPU is and none can be used. */
async function serverRuntime(
  { config, environment, log }: Pick<ServicesInput, 'config' | 'environment' | 'log'>,
  system: SystemReader,
): Promise<Runtime> {
  if (config.require_gpu) await requireGpu(system)
  const deviceMemory = () => system.deviceMemory()
  return composeRuntime({ environment, log, deviceMemory, requiresGpu: config.require_gpu })
}

/** What may change of it while it runs. */
const engineSettings = (config: Config): EngineSettings => ({
  ...(config.memory_limit !== 'auto' && { limitBytes: config.memory_limit * mebibyte }),
  keepAliveSeconds: keepAliveOf(config),
  maxWaiting: config.max_queue,
})

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
    ...engineSettings(config),
    cores: usableCores(),
    onEvent: (event) => {
      logModels(event, log)
      statistics.note(event)
      if (event.type === 'ready' || event.type === 'left') system.refreshDeviceMemory()
    },
  })
}
