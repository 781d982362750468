import type { RegisteredModel as Known } from '../../models/registry.ts'
import type { RegisteredModel } from '../../protocol/management/models.wire.ts'
import type { Services } from '../services.ts'

/** A model that is known, as GET /v1/models/registered shows it. */
export function fromRegistered(model: Known, { engine }: Pick<Services, 'engine'>): RegisteredModel {
  const { id, entry, kind, licence, problem, sizeBytes } = model
  return {
    id,
    aliases: [...model.aliases],
    ...(kind && { kind }),
    state: model.state,
    ...(model.state === 'installed' && { memory_state: engine.status(id).state }),
    catalogued: model.isCatalogued,
    configured: model.isConfigured,
    ...(entry && ofEntry(entry)),
    ...(sizeBytes !== undefined && { size_bytes: sizeBytes }),
    ...(licence !== undefined && { license: licence }),
    ...(problem !== undefined && { problem }),
  }
}

function ofEntry({ header, isPinned = false, keepAliveSeconds, store, notes }: NonNullable<Known['entry']>) {
  const { architecture, quantisation, parameterCount, trainedContextSize } = header
  return {
    pinned: isPinned,
    ...(keepAliveSeconds !== undefined &&
      Number.isFinite(keepAliveSeconds) && { keep_alive_seconds: keepAliveSeconds }),
    architecture,
    ...(quantisation !== undefined && { quantization: quantisation }),
    ...(parameterCount !== undefined && { parameters: parameterCount }),
    ...(trainedContextSize !== undefined && { context_length_trained: trainedContextSize }),
    ...(store && { store }),
    ...(notes && { notes: [...notes] }),
  }
}
