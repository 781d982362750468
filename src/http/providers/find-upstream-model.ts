import type { UpstreamModel } from '../../core/provider.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import { refuse } from '../define-route.ts'
import { type UpstreamName, upstreamNameOf } from './upstream-name.ts'

/** What is known of a model of a provider. Throws what `Provider.models` throws, `upstream_model_not_found`, `key_not_allowed`. */
export async function findUpstreamModel(
  target: UpstreamName,
  { key, signal }: { readonly key: ApiKey | undefined; readonly signal: AbortSignal },
): Promise<UpstreamModel> {
  upstreamNameOf(target, key)
  const { provider, name, id } = target
  const found = (await provider.models(signal)).find((model) => model.id === id)
  if (found) return found
  const problem = 'it is not in its list.'
  throw refuse('upstream_model_not_found', { provider: provider.name, problem, param: 'model', model: name })
}
