import { composeRegistry } from './compose-registry.ts'
import { composeRuntime } from './compose-runtime.ts'
import { composeSystem } from './compose-system.ts'
import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { modelSettings } from './config/model-settings.ts'
import { ServerError } from './core/errors.ts'
import { type Live, LiveValue } from './core/live.ts'
import type { MemoryBytes } from './core/memory.ts'
import type { ModelEntry } from './core/model.ts'
import type { Runtime } from './core/runtime.ts'
import type { SystemReader } from './core/system.ts'
import { createCatalog } from './models/catalog/catalog.ts'
import type { Downloads } from './models/downloads.ts'
import { kindOf } from './models/model-kind.ts'
import type { ModelLog } from './models/model-log.ts'
import type { CheckModel } from './models/pull/check-model.ts'
import { createDownloads } from './models/pull/create-downloads.ts'
import { findCatalogued } from './models/registry/find-catalogued.ts'
import type { ModelChanges } from './models/registry.ts'
import type { Log } from './observe/log.ts'
import { availableMemoryBytes } from './platform/machine.ts'

/** What tells whether a model can be run here. */
interface MachineParts {
  readonly runtime: Pick<Runtime, 'least'>
  readonly system: Pick<SystemReader, 'supportedArchitectures'>
  /** Says what all models may take together. */
  readonly engine: { memory(): { readonly total: MemoryBytes } }
}

export interface DownloadsParts {
  readonly config: Config
  /** What the configuration is at any time, where it may change: its catalog, and how models are to be loaded. */
  readonly live?: Live<Config>
  readonly environment: Environment
  readonly log: ModelLog
  /** What is here already. Absent: found out here. */
  readonly models?: Pick<ModelChanges, 'registered'>
  /** Absent, as for a command that ends with its download: found out here. */
  readonly machine?: MachineParts
  /** Called whenever a model has come. */
  readonly onDone?: () => void
}

/** The downloads into the models folder of this configuration. */
export function composeDownloads(parts: DownloadsParts): Promise<Downloads> {
  const { config, environment, log, machine, onDone, live = new LiveValue(config) } = parts
  const ending = new AbortController()
  const facts = machine ?? ownParts(config, environment, ending.signal)
  const models = parts.models ?? composeRegistry({ config, environment, log: silent })
  return createDownloads({
    modelsDir: config.models_dir,
    get catalog() {
      return createCatalog(live.current.catalog)
    },
    environment: environment.variables,
    log,
    checkModel: checkFor(live, facts),
    // The native libraries are asked while the hub is.
    onBegin: () => void facts.system.supportedArchitectures().catch(() => {}),
    findHere: (id) => findCatalogued(models, id),
    onClose: () => ending.abort(),
    ...(onDone && { onDone }),
  })
}

function ownParts(config: Config, environment: Environment, signal: AbortSignal): MachineParts {
  const system = composeSystem({ config, environment, signal })
  return {
    system,
    runtime: composeRuntime({ environment, log: silent }),
    engine: {
      memory() {
        const deviceBytes = system.deviceMemory()?.freeBytes ?? 0
        return { total: { mainBytes: availableMemoryBytes(), deviceBytes } }
      },
    },
  }
}

/** A runtime that is only asked what models would take has nothing to say. */
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

function checkFor(config: Live<Config>, { runtime, system, engine }: MachineParts): CheckModel {
  return async ({ name, header, fileBytes }) => {
    const { load, defaults } = modelSettings(config.current)
    const known = await system.supportedArchitectures()
    if (known && !known.has(header.architecture)) {
      const problem = `this build does not know models of the architecture '${header.architecture}'`
      return new ServerError('model_incompatible', { param: 'model', model: name, problem })
    }
    const kind = kindOf(header)
    const facts = { aliases: [], format: 'gguf', path: '', createdSeconds: 0, load, defaults } as const
    const entry: ModelEntry = { ...facts, id: name, kind, fileBytes, header }
    const have = engine.memory().total
    // What others have of a GPU, the processor does.
    const need = runtime.least(entry, have)
    if (need.mainBytes <= have.mainBytes && need.deviceBytes <= have.deviceBytes) return undefined
    const needBytes = need.mainBytes + need.deviceBytes
    const haveBytes = have.mainBytes + (need.deviceBytes > 0 ? have.deviceBytes : 0)
    return new ServerError('model_too_large', { param: 'model', model: name, needBytes, haveBytes })
  }
}
