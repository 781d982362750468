import type { ModelEntry } from '../../core/model.ts'
import type { ModelChanges, RegisteredModel } from '../registry.ts'

type Known = Pick<ModelChanges, 'registered'>

/**
 * The model of that id of the catalog, where it can be used already: fetched earlier, or by another program. What is only
 * called so does not count.
 */
export async function findCatalogued(models: Known, id: string): Promise<ModelEntry | undefined> {
  return (await rowOf(models, id))?.entry
}

/** Whether only a pull would bring the model of that id of the catalog. One that is there and broken is the user's business. */
export async function isToBeFetched(models: Known, id: string): Promise<boolean> {
  return (await rowOf(models, id))?.state === 'available'
}

async function rowOf(models: Known, id: string): Promise<RegisteredModel | undefined> {
  const name = id.toLowerCase()
  const rows = (await models.registered()).filter(({ isCatalogued }) => isCatalogued)
  return rows.find((row) => [row.id, ...row.aliases].some((each) => each.toLowerCase() === name))
}
