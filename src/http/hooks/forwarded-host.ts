import type { TrustedProxies } from '../../core/trusted-proxies.ts'
import { type HostNames, isOwnHost } from './host-header.ts'

interface Forwarded {
  /** The address that the connection comes from; undefined: through a unix socket. */
  readonly peer: string | undefined
  readonly proxies: TrustedProxies
  readonly hosts: HostNames
}

/**
 * The name under which a client has reached a proxy that is trusted, as that says (X-Forwarded-Host): a page that came through
 * it is this server's own, although the Host header has another name. Undefined where it says none, and where the name is none
 * of those that this server answers to: a name of somebody's own site can lead to a proxy as well.
 */
export function forwardedHost(headers: Headers, { peer, proxies, hosts }: Forwarded): string | undefined {
  const said = headers.get('x-forwarded-host')?.split(',')[0]?.trim()
  return said && proxies.trusts(peer) && isOwnHost(said, hosts) ? said : undefined
}
