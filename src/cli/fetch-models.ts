import process from 'node:process'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import { createCatalog } from '../models/catalog/catalog.ts'
import { type EnsureResult, ensureDefaultModels } from '../models/ensure-default-models.ts'
import { createProgressDisplay } from '../models/pull/progress-display.ts'

interface FetchCall {
  readonly config: Config
  readonly environment: Environment
  /** Ids in the catalog. */
  readonly names: readonly string[]
  readonly signal: AbortSignal
}

/** Fetches models into the models folder, with progress on standard error. Rejects as `ensureDefaultModels` does. */
export async function fetchModels({ config, environment, names, signal }: FetchCall): Promise<readonly EnsureResult[]> {
  const display = createProgressDisplay({ stream: process.stderr })
  const log = { info: (text: string) => display.say(text), warn: (text: string) => display.say(text) }
  try {
    return await ensureDefaultModels({
      catalog: createCatalog(config.catalog),
      names,
      modelsDir: config.models_dir,
      environment: environment.variables,
      signal,
      log,
      onProgress: display.show,
    })
  } finally {
    display.end()
  }
}
