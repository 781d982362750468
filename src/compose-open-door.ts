import { isForOthers, type KnownAddress, knownAddresses } from './compose-addresses.ts'
import { composeApiKeyStore, isAskedNow } from './compose-keys.ts'
import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { ServerError } from './core/errors.ts'
import { addressText } from './platform/listen-address.ts'
import { createKeyRing } from './store/key-ring.ts'

type Door = Pick<Config, 'require_key' | 'insecure' | 'store_path' | 'allowed_api_keys_file'>

/**
 * Throws `open_to_others` where others could connect to a server of this configuration, it would ask them for no key, and nobody has
 * said that they may. A file of keys that cannot be read opens no door. Unix sockets are of this machine.
 */
export function refuseOpenDoor(
  { config, environment }: { readonly config: Door; readonly environment: Pick<Environment, 'allowedApiKeys'> },
  addresses: readonly Pick<KnownAddress, 'address'>[],
): void {
  const open = addresses.filter((known) => isForOthers([known])).map(({ address }) => addressText(address))
  if (open.length === 0 || config.insecure || isAsked(config, environment)) return
  throw new ServerError('open_to_others', { addresses: open, isNever: config.require_key === 'never' })
}

/** As `refuseOpenDoor`, for all addresses of the configuration, those that systemd hands over among them. Throws `ListenError` as `knownAddresses`. */
export const refuseOpenServer = (parts: { readonly config: Config; readonly environment: Environment }): void =>
  refuseOpenDoor(parts, knownAddresses(parts))

function isAsked(config: Door, { allowedApiKeys }: Pick<Environment, 'allowedApiKeys'>): boolean {
  const store = composeApiKeyStore(config)
  const now = () => Date.now()
  using ring = createKeyRing({
    store,
    given: allowedApiKeys.keys,
    hasFileOfGiven: config.allowed_api_keys_file !== undefined,
    isRequired: config.require_key,
    isForOthers: true,
    now,
  })
  return isAskedNow(ring)
}
