import type { ModelEntry } from '../../core/model.ts'
import type { Model } from './models.wire.ts'

/** What a model's entry does not say: how it stands now. */
export interface ModelStanding {
  readonly state: Model['state']
  /** Tokens that one request may fill; known once the model is loaded. */
  readonly contextSize?: number
  readonly isDefault: boolean
}

/** A model as GET /v1/models shows it. */
export function fromModel(entry: ModelEntry, standing: ModelStanding): Model {
  const { trainedContextSize, quantisation } = entry.header
  const contextSize = standing.contextSize ?? trainedContextSize
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
  }
}
