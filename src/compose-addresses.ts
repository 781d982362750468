import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { type ListenOptions, listenAddresses } from './config/listen-addresses.ts'
import { isOfThisMachine, type ListenAddress } from './platform/listen-address.ts'
import { type HandedSocket, handedSockets } from './platform/systemd-sockets.ts'

/** An address that a server has or is about to have. */
export interface KnownAddress {
  readonly address: Exclude<ListenAddress, { type: 'systemd' }>
  /** It listens there already: systemd has opened it. */
  readonly handed?: HandedSocket
}

/** Where a server of this configuration listens. Throws `ListenError` where systemd was to hand over sockets and has not. */
export function knownAddresses({
  config,
  environment,
}: {
  config: Pick<Config, keyof ListenOptions>
  environment: Pick<Environment, 'variables'>
}): readonly KnownAddress[] {
  return listenAddresses(config).flatMap((address): readonly KnownAddress[] =>
    address.type === 'systemd'
      ? handedSockets(environment.variables).map((handed) => ({ address: handed.address, handed }))
      : [{ address }],
  )
}

/** Whether other machines can connect to one of them. A unix socket is of this machine. */
export const isForOthers = (addresses: readonly Pick<KnownAddress, 'address'>[]): boolean =>
  addresses.some(({ address }) => !isOfThisMachine(address))
