import type { LoadedFacts, ModelEntry } from '../../core/model.ts'
import type { Model } from './models.wire.ts'

/** What a model's entry does not say: how it stands now. */
export interface ModelStanding {
  readonly state: Model['state']
  /** What the model turned out to be; known once it is loaded. */
  readonly loaded?: LoadedFacts
  readonly isDefault: boolean
}

/** A model as GET /v1/models shows it. */
export function fromModel(entry: ModelEntry, standing: ModelStanding): Model {
  const { trainedContextSize, quantisation } = entry.header
  const { loaded } = standing
  const contextSize = loaded?.contextSize ?? trainedContextSize
  return {
    id: entry.id,
    object: 'model',
    created: entry.createdSeconds,
    owned_by: 'hearth',
    aliases: [...entry.aliases],
    kind: entry.kind,
    default: standing.isDefault,
    state: standing.state,
    ...(contextSize !== undefined && { context_length: contextSize }),
    ...(trainedContextSize !== undefined && { context_length_trained: trainedContextSize }),
    ...(quantisation !== undefined && { quantization: quantisation }),
    size_bytes: entry.fileBytes,
    ...(loaded && { slots: loaded.slots, device: loaded.device, gpu_layers: loaded.gpuLayers }),
    ...(loaded?.draft && { draft: loaded.draft }),
  }
}
