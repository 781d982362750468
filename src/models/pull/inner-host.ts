import { isIPv4 } from 'node:net'

/**
 * Whether a host, as it stands in a URL, is this machine or its link alone, where services listen that nobody from elsewhere may
 * ask: those of a cloud that give out credentials, or the servers of whoever runs this. Names that only a resolver knows are not
 * looked up. Pure.
 */
export function isInnerHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  const address = name.replace(/^\[|\]$/g, '')
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? []
  if (high !== undefined && low !== undefined) return isInnerIPv4(Number.parseInt(high, 16))
  if (isIPv4(address)) return isInnerIPv4(firstBytes(address))
  return address === '::' || address === '::1' || /^fe[89ab][0-9a-f]:/.test(address)
}

/** By the first two bytes: this host (0/8), loopback (127/8), link-local (169.254/16). */
const isInnerIPv4 = (bytes: number): boolean => [0, 127].includes(bytes >> 8) || bytes === 0xa9fe

function firstBytes(address: string): number {
  const [first = 0, second = 0] = address.split('.').map(Number)
  return first * 256 + second
}
