import type { Config } from '../config/config.ts'
import { createCatalog, findInCatalog } from '../models/catalog/catalog.ts'
import { isToBeFetched } from '../models/registry/find-catalogued.ts'
import type { ModelChanges } from '../models/registry.ts'

/**
 * Ids of the default models that could be fetched and are nowhere, be it in the models folder or where another program keeps
 * its models. A model that the configuration gives a path, and one that no catalog has, is the user's own business.
 */
export async function missingModels(
  config: Config,
  models: Pick<ModelChanges, 'registered'>,
): Promise<readonly string[]> {
  const catalog = createCatalog(config.catalog)
  const hasPath = (name: string) => config.models.some(({ id, path }) => id === name && path !== undefined)
  const missing: string[] = []
  for (const name of defaultModelNames(config)) {
    const entry = hasPath(name) ? undefined : findInCatalog(catalog, name)
    if (entry && (await isToBeFetched(models, entry.id))) missing.push(name)
  }
  return missing
}

/** The names of the default chat and embedding model; a chat model that is given by its path has none. */
export const defaultModelNames = (config: Config): readonly string[] => [
  ...(config.model_path ? [] : [config.model]),
  config.embedding_model,
]
