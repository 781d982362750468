import { type BlockList, isIP } from 'node:net'

/** Adds an address (`10.0.0.5`) or a network (`10.0.0.0/8`) to a list. False for what is none, which is not added. */
export function addNetwork(list: BlockList, entry: string): boolean {
  const [address = '', prefix, ...more] = entry.split('/')
  const family = isIP(address)
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
  if (family === 0 || !isPrefix || more.length > 0) return false
  const type = typeOf(family)
  if (prefix === undefined) list.addAddress(address, type)
  else list.addSubnet(address, Number(prefix), type)
  return true
}

/** Whether a list has an address; never for what is none. */
export function hasAddress(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, typeOf(family))
}

const typeOf = (family: number) => (family === 4 ? 'ipv4' : 'ipv6')
