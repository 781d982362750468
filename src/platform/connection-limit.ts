import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import process from 'node:process'
import { bindLibc } from './adopt-socket.ts'

/** One row of /proc/net/tcp. */
export interface Connection {
  readonly localPort: number
  readonly remotePort: number
  /** Its number in the list of sockets: the larger, the younger. */
  readonly inode: number
}

export interface ConnectionLimit {
  readonly most: number
  /** Ports of this machine that it is about. */
  readonly ports: readonly number[]
  /** Ports of clients whose requests are being answered: their connections stay. */
  readonly busyPorts: () => ReadonlySet<number>
  readonly onClose: (closed: number) => void
  /** So often it is looked at. Default: 1000. */
  readonly everyMilliseconds?: number
}

const shutdownBoth = 2

/**
 * Closes connections on which nothing is being answered where there are more than may be, those first that are there for
 * longest. Bun tells nobody of connections, so the kernel is asked: on Linux alone, and elsewhere nothing is done. While all of
 * this process' files together are fewer, that is one look at a folder. Does not keep the process up.
 */
export function limitConnections(limit: ConnectionLimit): Disposable {
  if (process.platform !== 'linux' || !('Bun' in globalThis) || limit.ports.length === 0)
    return { [Symbol.dispose]: () => {} }
  const timer = setInterval(() => {
    const closed = closeSurplus(limit)
    if (closed > 0) limit.onClose(closed)
  }, limit.everyMilliseconds ?? 1000)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

function closeSurplus({ most, ports, busyPorts }: ConnectionLimit): number {
  const numbers = readdirSync('/proc/self/fd')
  if (numbers.length <= most) return 0
  const descriptors = socketDescriptors(numbers)
  const open = connectionsOn(ports).filter(({ inode }) => descriptors.has(inode))
  const surplus = surplusOf(open, { most, busy: busyPorts() })
  const { shutdown } = bindLibc({ shutdown: ['number', 'number'] })
  // Bun reads that nobody is there any more, and closes it.
  for (const { inode } of surplus) shutdown(descriptors.get(inode) ?? -1, shutdownBoth)
  return surplus.length
}

/** Which connections have to go: as many as are too many, of those that nothing is being answered on, the oldest first. */
export function surplusOf(
  open: readonly Connection[],
  { most, busy }: { most: number; busy: ReadonlySet<number> },
): readonly Connection[] {
  const idle = open.filter(({ remotePort }) => !busy.has(remotePort)).sort((one, other) => one.inode - other.inode)
  return idle.slice(0, Math.max(0, open.length - most))
}

/** Number of the socket → descriptor. */
function socketDescriptors(numbers: readonly string[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  for (const number of numbers) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${number}`))?.[1]
      if (inode !== undefined) found.set(Number(inode), Number(number))
    } catch {
      // It was closed meanwhile.
    }
  }
  return found
}

const connectionsOn = (ports: readonly number[]): readonly Connection[] =>
  ['tcp', 'tcp6']
    .flatMap((family) => parseConnections(readTable(family)))
    .filter(({ localPort }) => ports.includes(localPort))

function readTable(family: string): string {
  try {
    return readFileSync(`/proc/net/${family}`, 'utf8')
  } catch {
    // A kernel without IPv6.
    return ''
  }
}

/** What is established or closed by the other side, of a table in the form of /proc/net/tcp. */
export function parseConnections(table: string): readonly Connection[] {
  const row = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) 0[18] \S+ \S+ \S+\s+\d+\s+\d+ (\d+)/gm
  return [...table.matchAll(row)].map(([, local = '', remote = '', inode]) => ({
    localPort: Number.parseInt(local, 16),
    remotePort: Number.parseInt(remote, 16),
    inode: Number(inode),
  }))
}
