import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { modelSettings } from './config/model-settings.ts'
import { createCatalog } from './models/catalog/catalog.ts'
import { createLiveRegistry, type LiveRegistry } from './models/registry/live-registry.ts'
import type { RegistryOptions } from './models/registry/registry-options.ts'
import { modelSources } from './models/stores/model-sources.ts'
import type { Log } from './observe/log.ts'

/** What the models of a configuration are found by. */
export interface RegistryParts {
  readonly config: Config
  readonly environment: Environment
  readonly log: Log
}

/** The models of this configuration, which may become another one. */
export const composeRegistry = (parts: RegistryParts): LiveRegistry => createLiveRegistry(registryOptions(parts))

/** What the keys of config.yaml mean for the models room. */
export function registryOptions({ config, environment, log }: RegistryParts): RegistryOptions {
  const { chat, embedding, load, defaults: generation, models: settings } = modelSettings(config)
  return {
    modelsDir: config.models_dir,
    sources: modelSources({
      folders: config.model_dirs ?? [],
      huggingFaceCache: config.hugging_face_cache,
      ollamaModels: config.ollama_models,
      lmStudioModels: config.lm_studio_models,
      ...environment,
    }),
    catalog: createCatalog(config.catalog),
    settings,
    defaults: { chat, embedding, load, generation },
    log,
  }
}
