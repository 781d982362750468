import { BlockList, isIP } from 'node:net'
import { addNetwork, hasAddress } from '../core/networks.ts'

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The proxy for a URL by the usual variables, in lower or upper case: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY
 * (host names with their sub-domains, `host:port`, networks as `10.0.0.0/8`, or `*`). Undefined: none. Loopback addresses never take one.
 */
export function proxyFor(url: URL, variables: Variables): string | undefined {
  const read = (name: string) => variables[name] || variables[name.toUpperCase()] || undefined
  if (isLoopback(url.hostname) || isExcluded(url, read('no_proxy') ?? '')) return undefined
  const proxy = read(`${url.protocol.slice(0, -1)}_proxy`) ?? read('all_proxy')
  return proxy && !proxy.includes('://') ? `http://${proxy}` : proxy
}

/** Whether a host, as it stands in a URL, is this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function isExcluded(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list.split(/[\s,]+/).some((rule) => {
    if (rule === '*') return true
    if (rule.includes('/')) return isInNetwork(url.hostname, rule)
    // Without brackets an address of IPv6 has colons of its own, and no port.
    const text = /^[^[\]]*:[^[\]]*:/.test(rule) ? `[${rule}]` : rule
    const [, host = '', rulePort] = /^\*?\.?(\[.*\]|.*?)(?::(\d+))?$/.exec(text.toLowerCase()) ?? []
    if (host === '' || (rulePort && rulePort !== port)) return false
    return url.hostname === host || url.hostname.endsWith(`.${host}`)
  })
}

/** Only of addresses: what a name means is not looked up for this, by others neither. */
function isInNetwork(host: string, rule: string): boolean {
  const [address, network] = [host, rule].map((text) => text.replaceAll(/[[\]]/g, '')) as [string, string]
  const list = new BlockList()
  const isOfFamily = isIP(address) === isIP(network.split('/')[0] ?? '')
  return isOfFamily && addNetwork(list, network) && hasAddress(list, address)
}
