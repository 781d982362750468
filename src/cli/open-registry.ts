import type { Config } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import type { ModelChanges, ModelRegistry } from '../models/registry.ts'

/** The models of a configuration, for commands: without a log. What cannot be used is asked for. */
export async function openRegistry(config: Config, environment: Environment): Promise<ModelRegistry & ModelChanges> {
  const { composeRegistry } = await import('../compose-registry.ts')
  return composeRegistry({
    config,
    environment,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  })
}
