import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import type { Live } from './core/live.ts'
import type { Providers } from './core/provider.ts'
import type { Log } from './observe/log.ts'

interface ProvidersInput {
  /** `providers` and `fallbacks` may change while the server runs. */
  readonly config: Live<Config>
  readonly environment: Environment
  readonly log: Log
}

/** The other servers that requests can be handed on to. */
export function composeProviders(_input: ProvidersInput): Providers {
  return { list: () => [], find: () => undefined, fallbacksOf: () => [], [Symbol.dispose]: () => {} }
}
