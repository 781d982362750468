import { ServerError } from '../../core/errors.ts'
import type { LoadOptions, ModelEntry } from '../../core/model.ts'
import { checkCompanions } from '../../models/companions.ts'
import type { RemoteModel } from '../../models/downloads.ts'
import { changedLoad } from '../../models/load-change.ts'
import { kindOf } from '../../models/model-kind.ts'
import { toRequiredModelName } from '../../protocol/management/model-name.ts'
import type { EstimateRequest } from '../../protocol/management/resources.wire.ts'
import type { RouteRequest } from '../define-route.ts'
import { toLoadChange } from './load-change.ts'

type Call = RouteRequest<unknown, unknown, EstimateRequest>

/** What a pull of a model that is not here would give, and how it would be loaded where nothing else is said. */
const asItComes: LoadOptions = { contextSize: 'auto', gpuLayers: -1, slots: 'auto', threads: 'auto' }

/**
 * The model that is asked about, with the options that are asked about: one that is here, or one that a pull would fetch,
 * by its head. Rejects as `ModelRegistry.find` and `Downloads.inspect`.
 */
export async function findCandidate({ body, services, signal }: Call): Promise<ModelEntry> {
  const name = toRequiredModelName(body)
  const entry = await services.models.find(name, 'chat').catch(async (error: unknown) => {
    if (!mayBeFetched(error, name)) throw error
    const remote = await services.downloads.inspect(name, signal)
    if (!remote) throw error
    return toEntry(remote)
  })
  const change = await checkCompanions(await toLoadChange(body, entry, services), entry)
  return { ...entry, load: changedLoad(entry.load, change) }
}

/** A name that is no reference is a model of the catalog, or a mistake. */
const mayBeFetched = (error: unknown, name: string): boolean =>
  error instanceof ServerError &&
  (error.code === 'model_not_installed' || (error.code === 'model_not_found' && /[:/]/.test(name)))

function toEntry({ modelId, header, fileBytes }: RemoteModel): ModelEntry {
  return {
    id: modelId,
    aliases: [],
    kind: kindOf(header),
    format: 'gguf',
    path: '',
    fileBytes,
    createdSeconds: 0,
    header,
    load: asItComes,
    defaults: { temperature: 1, topP: 1, topK: 0, minP: 0 },
  }
}
