import { ServerError } from '../core/errors.ts'
import type { ModelEntry, ModelKind } from '../core/model.ts'
import type { ModelStanding } from '../protocol/openai/models.ts'
import type { Services } from './services.ts'

/** Tells how a model stands now, as the dialects show it. */
export async function openStandings(services: Services): Promise<(entry: ModelEntry) => ModelStanding> {
  const defaults = {
    chat: await defaultId('chat', services),
    embedding: await defaultId('embedding', services),
    reranker: await defaultId('reranker', services),
  }
  return ({ id, kind }) => {
    const status = services.engine.status(id)
    return {
      state: status.state,
      isDefault: defaults[kind] === id,
      ...(status.state === 'ready' && { loaded: status.facts }),
    }
  }
}

/** The model that requests of this kind get when they name none; undefined when there is none of the kind. */
async function defaultId(kind: ModelKind, { models }: Services): Promise<string | undefined> {
  try {
    return (await models.find(undefined, kind)).id
  } catch (error) {
    // Not there, not installed, not readable: for a list it is all the same, and the log has said why.
    if (error instanceof ServerError) return undefined
    throw error
  }
}
