import { type AddressStatus, abilities, type Provider } from '../../core/provider.ts'
import type { ProviderStatus } from '../../protocol/management/providers.wire.ts'

/** A provider as GET /v1/providers shows it. */
export function fromProvider(provider: Provider): ProviderStatus {
  const { problem } = provider
  return {
    name: provider.name,
    listed: provider.isListed,
    ready: problem === undefined,
    ...(problem && { problem: problem.message, hint: problem.hint }),
    abilities: abilities.filter((ability) => provider.abilities.has(ability)),
    addresses: provider.status().map(fromAddress),
  }
}

const fromAddress = (status: AddressStatus): ProviderStatus['addresses'][number] => ({
  address: status.address,
  breaker: status.breaker,
  ...(status.retrySeconds !== undefined && { retry_seconds: status.retrySeconds }),
  busy: status.busy,
  ...(status.isHealthy !== undefined && { healthy: status.isHealthy }),
  ...(status.problem !== undefined && { problem: status.problem }),
})
