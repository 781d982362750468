import type { Config } from './config/config.ts'
import { modelSettings } from './config/model-settings.ts'
import { createCatalog } from './models/catalog/catalog.ts'
import { createRegistry } from './models/registry/create-registry.ts'
import type { ModelChanges, ModelRegistry } from './models/registry.ts'
import type { Log } from './observe/log.ts'

/** The models of this configuration: what the keys of config.yaml mean for the models room. */
export function composeRegistry({ config, log }: { config: Config; log: Log }): ModelRegistry & ModelChanges {
  const { chat, embedding, load, defaults: generation, models: settings } = modelSettings(config)
  return createRegistry({
    modelsDir: config.models_dir,
    catalog: createCatalog(config.catalog),
    settings,
    defaults: { chat, embedding, load, generation },
    log,
  })
}
