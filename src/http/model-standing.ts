import { ServerError } from '../core/errors.ts'
import type { ModelEntry, ModelKind } from '../core/model.ts'
import type { ModelStanding } from '../protocol/openai/models.ts'
import type { Services } from './services.ts'

/** How a model stands now, as the dialects show it. */
export async function standingOf(entry: ModelEntry, services: Services): Promise<ModelStanding> {
  const status = services.engine.status(entry.id)
  return {
    state: status.state,
    isDefault: (await defaultId(entry.kind, services)) === entry.id,
    ...(status.state === 'ready' && { contextSize: status.facts.contextSize }),
  }
}

/** The model that requests of this kind get when they name none; undefined when there is none of the kind. */
async function defaultId(kind: ModelKind, { models }: Services): Promise<string | undefined> {
  try {
    return (await models.find(undefined, kind)).id
  } catch (error) {
    if (error instanceof ServerError && error.code === 'model_not_found') return undefined
    throw error
  }
}
