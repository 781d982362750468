import { abilities } from '../../../core/provider.ts'
import type { ProviderStatus } from '../../../protocol/management/providers.wire.ts'

const example: ProviderStatus = {
  name: 'example',
  listed: false,
  ready: true,
  abilities: [...abilities],
  addresses: [{ address: 'http://127.0.0.1:9000/v1', breaker: 'closed', busy: 0, healthy: true }],
}

/** Those that there are where the examples are tried. */
export const exampleProviders: ProviderStatus[] = [
  example,
  {
    ...example,
    name: 'keyless',
    ready: false,
    problem: "The provider 'keyless' cannot be used yet: it has no key.",
    hint: 'Set KEYLESS_API_KEY.',
    addresses: [],
  },
  { ...example, name: 'silent', abilities: ['models'] },
]
