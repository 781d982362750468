import type { Ability } from '../core/provider.ts'
import { addressProblem } from '../core/provider-address.ts'
import { providerVariable } from '../core/provider-names.ts'
import { presetOf } from './presets.ts'

/** What the configuration and the variables say of one provider. What is absent, its preset and the defaults say. */
export interface ProviderWish {
  readonly name: string
  /** Whether somebody set it up: an entry of the file, or a variable. */
  readonly isConfigured: boolean
  /** Not to be kept out of the list of all models. */
  readonly isListed?: boolean
  readonly addresses?: readonly string[]
  readonly key?: KeyPlace
  /** The header that carries the key as it is; absent: `Authorization: Bearer`. */
  readonly keyHeader?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Names here, and what the provider calls them. */
  readonly models?: Readonly<Record<string, string>>
  readonly hasOnlyThese?: boolean
  readonly abilities?: readonly Ability[]
  readonly tellsStreamUsage?: boolean
  readonly connectSeconds?: number
  readonly firstByteSeconds?: number
  readonly idleSeconds?: number
  readonly retries?: number
  readonly balance?: 'least-busy' | 'prefix'
  readonly healthPath?: string
  readonly healthSeconds?: number
}

/** Where a key stands. */
export type KeyPlace =
  | { readonly type: 'none' }
  /** A secret, and the variable that it stands in. */
  | { readonly type: 'value'; readonly value: string; readonly variable?: string }
  | { readonly type: 'file'; readonly path: string }
  /** It should stand in a variable, which is not set. */
  | { readonly type: 'unset'; readonly variable: string }

/** Everything that a provider needs to know, each value filled in. Holds secrets: never logged, never shown. */
export interface ProviderSettings {
  readonly name: string
  readonly isListed: boolean
  /** Without a slash at their ends. Empty: nobody said any. */
  readonly addresses: readonly string[]
  readonly key: KeyPlace
  readonly keyHeader?: string
  readonly headers: Readonly<Record<string, string>>
  readonly models: readonly (readonly [here: string, there: string])[]
  readonly hasOnlyThese: boolean
  readonly abilities: readonly Ability[]
  readonly tellsStreamUsage: boolean
  readonly timeouts: Timeouts
  /** How often a request is sent again at most. */
  readonly retries: number
  readonly balance: 'least-busy' | 'prefix'
  /** Absent: nobody looks at it but those who use it. */
  readonly health?: { readonly path: string; readonly seconds: number }
}

/** In seconds. */
export interface Timeouts {
  readonly connect: number
  /** From the request to the head of its answer. */
  readonly firstByte: number
  /** Of silence within an answer. */
  readonly idle: number
}

/**
 * Longer than seems polite, since a model may be loaded, or a long prompt read on a processor, before a slow server of somebody's
 * own says a word, and what is answered in one piece begins when all of it is there: 10 minutes, as OpenAI's clients wait. Within
 * an answer servers hold back tool calls until they are whole: 5 minutes. To connect takes a machine that is there moments: 10 s.
 */
export const usualTimeouts: Timeouts = { connect: 10, firstByte: 600, idle: 300 }

const usualRetries = 2
const usualHealthSeconds = 30

/** Fills in what nobody said. Pure. */
export function settingsOf(wish: ProviderWish): ProviderSettings {
  const preset = presetOf(wish.name)
  const named = wish.addresses ?? (preset.address === undefined ? [] : [preset.address])
  const addresses = named
    .filter((address) => addressProblem(address) === undefined)
    .map((address) => withUsualPath(address, preset.usualPath))
  const key = wish.key ?? { type: 'none' }
  const unset = { type: 'unset', variable: providerVariable(wish.name, 'API_KEY') } as const
  const isWatched = wish.healthPath !== undefined || wish.healthSeconds !== undefined || addresses.length > 1
  return {
    name: wish.name,
    isListed: wish.isConfigured && wish.isListed !== false,
    addresses: [...new Set(addresses)],
    key: key.type === 'none' && preset.needsKey ? unset : key,
    ...(wish.keyHeader !== undefined && { keyHeader: wish.keyHeader }),
    headers: wish.headers ?? {},
    models: Object.entries(wish.models ?? {}),
    hasOnlyThese: wish.hasOnlyThese ?? false,
    abilities: wish.abilities ?? preset.abilities,
    tellsStreamUsage: wish.tellsStreamUsage ?? preset.tellsStreamUsage,
    timeouts: {
      connect: wish.connectSeconds ?? usualTimeouts.connect,
      firstByte: wish.firstByteSeconds ?? usualTimeouts.firstByte,
      idle: wish.idleSeconds ?? usualTimeouts.idle,
    },
    retries: wish.retries ?? usualRetries,
    balance: wish.balance ?? 'least-busy',
    ...(isWatched && {
      health: {
        path: (wish.healthPath ?? preset.healthPath).replace(/^\/+/, ''),
        seconds: wish.healthSeconds ?? usualHealthSeconds,
      },
    }),
  }
}

function withUsualPath(address: string, path: string | undefined): string {
  const bare = address.replace(/\/+$/, '')
  return path !== undefined && new URL(bare).pathname === '/' ? bare + path : bare
}
