import { type Ability, abilities, type Provider } from '../../core/provider.ts'
import { refuse } from '../define-route.ts'
import type { Services } from '../services.ts'

/** The provider that a path names. Throws `provider_not_found` with those that there are. */
export function providerOf(name: string, { providers }: Pick<Services, 'providers'>): Provider {
  const found = providers.find(name)
  if (found) return found
  const known = providers.list().map((provider) => provider.name)
  throw refuse('provider_not_found', { param: 'provider', provider: name.slice(0, 64), known })
}

/** Throws `operation_not_offered` where the provider is not to be asked for that. */
export function refuseAbility(provider: Provider, ability: Ability | undefined, path: string): void {
  if (ability && provider.abilities.has(ability)) return
  const offered = abilities.filter((each) => provider.abilities.has(each))
  throw refuse('operation_not_offered', { provider: provider.name, path: path.slice(0, 200), abilities: offered })
}
