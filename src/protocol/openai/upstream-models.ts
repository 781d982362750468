import type { UpstreamModel as Entry } from '../../core/provider.ts'
import type { ProviderModel, UpstreamModel } from './upstream.wire.ts'

/** A model of a provider as GET /v1/models shows it. */
export function fromUpstreamModel({ id, provider, createdSeconds, said }: Entry): UpstreamModel {
  const length = [said.context_length, said.max_model_len, said.context_window, said.max_context_length].find(isCount)
  return {
    id,
    object: 'model',
    created: isCount(createdSeconds) ? createdSeconds : 0,
    owned_by: provider,
    ...(length !== undefined && { context_length: length }),
  }
}

/** A model as its provider shows it. */
export function toProviderModel({ id, provider, createdSeconds, said }: Entry): ProviderModel {
  return {
    ...said,
    id: id.slice(provider.length + 1),
    object: 'model',
    created: isCount(createdSeconds) ? createdSeconds : 0,
    owned_by: typeof said.owned_by === 'string' ? said.owned_by : provider,
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
