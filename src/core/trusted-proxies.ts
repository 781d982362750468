import { BlockList, isIP } from 'node:net'
import { addNetwork, hasAddress } from './networks.ts'

/** An entry that cannot be meant: the end of a sentence that begins with it. */
export class ProxyProblem extends Error {
  override readonly name = 'ProxyProblem'
}

/** How the other end of a unix socket is named, which has no address. */
const socket = 'unix'

/** Throws `ProxyProblem` for what is no address (`10.0.0.5`), no network (`10.0.0.0/8`) and not `unix`. */
export function readProxy(entry: string): void {
  if (entry.trim() !== socket) add(new BlockList(), entry.trim())
}

function add(list: BlockList, entry: string): void {
  if (addNetwork(list, entry)) return
  throw new ProxyProblem('is no address; write one as 10.0.0.5, a network as 10.0.0.0/8, or unix for unix sockets')
}

/** Who may say for whom a request is sent. */
export class TrustedProxies {
  readonly #networks = new BlockList()
  readonly #trustsSocket: boolean
  readonly #isNone: boolean

  /** Of entries that `readProxy` takes. */
  constructor(entries: readonly string[]) {
    const names = entries.map((entry) => entry.trim())
    this.#isNone = names.length === 0
    this.#trustsSocket = names.includes(socket)
    for (const entry of names) if (entry !== socket) add(this.#networks, entry)
  }

  /**
   * The client of a request: who sent it, or whom that proxy names in X-Forwarded-For, be it through others that are trusted.
   * What stands before the first one that is not trusted may be made up. `peer` is undefined for a unix socket. An IPv4
   * address is told as one, also where it came to a socket of IPv6.
   */
  clientOf(peer: string | undefined, forwardedFor: string | null): string | undefined {
    let client = peer === undefined ? undefined : (plainAddress(peer) ?? peer)
    if (this.#isNone || forwardedFor === null || !this.trusts(peer)) return client
    for (const hop of forwardedFor.split(',').reverse()) {
      const address = plainAddress(hop.trim())
      if (address === undefined) return client
      client = address
      if (!this.trusts(address)) return client
    }
    return client
  }

  /** Whether what this peer says of others is believed; undefined: it came through a unix socket. */
  trusts(peer: string | undefined): boolean {
    if (peer === undefined) return this.#trustsSocket
    return hasAddress(this.#networks, plainAddress(peer) ?? '')
  }
}

/** Without port, brackets, and the zeros of an IPv4 address in the clothes of IPv6; undefined where it is none. */
function plainAddress(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  const address = /^::ffff:([\d.]+)$/i.exec(bare)?.[1] ?? bare
  return isIP(address) === 0 ? undefined : address
}
