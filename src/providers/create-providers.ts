import type { Providers } from '../core/provider.ts'
import type { Log } from '../observe/log.ts'
import { createProvider, type OwnedProvider } from './create-provider.ts'
import type { ProviderSettings } from './settings.ts'
import { realWorld, type World } from './world.ts'

/** What the configuration says of providers now. */
export interface ProvidersPlan {
  readonly providers: readonly ProviderSettings[]
  readonly fallbacks: readonly { readonly model: string; readonly to: readonly string[] }[]
}

export interface ProvidersInput {
  readonly plan: ProvidersPlan
  readonly log: Log
  proxyFor(url: URL): string | undefined
  /** Absent: the real one. */
  readonly world?: World
}

/** Providers that can be given another plan. */
export interface ChangingProviders extends Providers {
  /** Providers whose settings are the same go on; calls of those that are gone run to their ends. */
  change(plan: ProvidersPlan): void
}

/** Makes all providers. */
export function createProviders({ plan, log, proxyFor, world = realWorld }: ProvidersInput): ChangingProviders {
  let owned: ReadonlyMap<string, OwnedProvider> = new Map()
  let fallbacks: ReadonlyMap<string, readonly string[]> = new Map()
  const make = (settings: ProviderSettings): OwnedProvider => {
    const before = owned.get(settings.name)
    if (before && isSame(before.settings, settings)) return before
    return createProvider({ settings, log, world, proxyFor, ...(before && { addresses: before.addresses }) })
  }
  const change = (now: ProvidersPlan) => {
    const sorted = [...now.providers].sort((one, other) => (one.name < other.name ? -1 : 1))
    const next = new Map(sorted.map((settings) => [settings.name, make(settings)]))
    for (const [name, each] of owned) if (next.get(name) !== each) each[Symbol.dispose]()
    owned = next
    fallbacks = new Map(now.fallbacks.map(({ model, to }) => [model, to]))
  }
  change(plan)
  return {
    change,
    list: () => [...owned.values()].map(({ provider }) => provider),
    find: (name) => owned.get(name)?.provider,
    get hasFallbacks() {
      return fallbacks.size > 0
    },
    fallbacksOf: (model) => chainOf(model, fallbacks),
    [Symbol.dispose]() {
      for (const each of owned.values()) each[Symbol.dispose]()
    },
  }
}

const isSame = (one: ProviderSettings, other: ProviderSettings): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** Those that are named for the model, each followed by those that are named for it; none twice. Pure. */
export function chainOf(model: string, fallbacks: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const chain = new Set<string>()
  const follow = (name: string) => {
    for (const next of fallbacks.get(name) ?? []) {
      if (next === model || chain.has(next)) continue
      chain.add(next)
      follow(next)
    }
  }
  follow(model)
  return [...chain]
}
