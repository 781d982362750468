import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { createCatalog } from './models/catalog/catalog.ts'
import type { Downloads } from './models/downloads.ts'
import type { ModelLog } from './models/model-log.ts'
import { createDownloads } from './models/pull/create-downloads.ts'

/** The downloads into the models folder of this configuration. */
export function composeDownloads(parts: {
  readonly config: Config
  readonly environment: Environment
  readonly log: ModelLog
}): Promise<Downloads> {
  const { config, environment, log } = parts
  return createDownloads({
    modelsDir: config.models_dir,
    catalog: createCatalog(config.catalog),
    environment: environment.variables,
    log,
  })
}
