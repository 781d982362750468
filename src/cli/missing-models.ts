import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { createCatalog, findInCatalog } from '../models/catalog/catalog.ts'

/**
 * Ids of the default models that could be fetched and are not there. A model that the configuration gives a path, and
 * one that no catalog has, is the user's own business.
 */
export function missingModels(config: Config): readonly string[] {
  const catalog = createCatalog(config.catalog)
  const hasPath = (name: string) => config.models.some(({ id, path }) => id === name && path !== undefined)
  return defaultModelNames(config).filter((name) => {
    const entry = hasPath(name) ? undefined : findInCatalog(catalog, name)
    return entry !== undefined && !existsSync(join(config.models_dir, entry.file))
  })
}

/** The names of the default chat and embedding model; a chat model that is given by its path has none. */
export const defaultModelNames = (config: Config): readonly string[] => [
  ...(config.model_path ? [] : [config.model]),
  config.embedding_model,
]
