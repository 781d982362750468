import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import process from 'node:process'
import { messageOf } from '../core/errors.ts'
import { bindLibc } from './adopt-socket.ts'

/** One row of /proc/net/tcp. */
export interface Connection {
  readonly localPort: number
  readonly remotePort: number
  /** Number of its socket. Processors take numbers from ranges of their own: the larger is not always the younger. */
  readonly inode: number
  /** Whether bytes wait in it, to be sent or to be read. */
  readonly isMoving: boolean
}

export interface ConnectionLimit {
  /** Fewer where the process may not have so many files open. */
  readonly most: number
  /** Ports of this machine that it is about. */
  readonly ports: readonly number[]
  /** Ports of clients whose requests are being answered: their connections stay. */
  readonly busyPorts: () => ReadonlySet<number>
  /** With how many there may be. */
  readonly onClose: (closed: number, most: number) => void
  /** Called once where connections cannot be counted, with the reason. */
  readonly onFault: (reason: string) => void
  /** So often it is looked at. Default: 1000. */
  readonly everyMilliseconds?: number
}

const shutdownBoth = 2

/**
 * Closes connections on which nothing is being answered where there are more than may be, those first that are there for
 * longest. Bun tells nobody of connections, so the kernel is asked: on Linux alone, and elsewhere nothing is done. While all of
 * this process' files together are far fewer, that is one look at a folder. Does not keep the process up.
 */
export function limitConnections(limit: ConnectionLimit): Disposable {
  if (process.platform !== 'linux' || !('Bun' in globalThis) || limit.ports.length === 0)
    return { [Symbol.dispose]: () => {} }
  const counter = new ConnectionCounter(limit)
  const timer = setInterval(() => counter.look(), limit.everyMilliseconds ?? 1000)
  timer.unref()
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      counter[Symbol.dispose]()
    },
  }
}

class ConnectionCounter implements Disposable {
  readonly #limit: ConnectionLimit
  readonly #most: number
  /** Socket → the look at which it was seen first. */
  #ages: ReadonlyMap<number, number> = new Map()
  #looks = 0
  #hasFailed = false
  /** Given up for a look, which opens files: when there are none left, it is needed most. */
  #spare: number | undefined

  constructor(limit: ConnectionLimit) {
    this.#limit = limit
    this.#most = Math.min(limit.most, affordable())
    this.#keepSpare()
  }

  look(): void {
    this[Symbol.dispose]()
    try {
      const closed = this.#closeSurplus()
      if (closed > 0) this.#limit.onClose(closed, this.#most)
    } catch (error) {
      if (!this.#hasFailed) this.#limit.onFault(messageOf(error))
      this.#hasFailed = true
    } finally {
      this.#keepSpare()
    }
  }

  [Symbol.dispose](): void {
    if (this.#spare !== undefined) closeSync(this.#spare)
    this.#spare = undefined
  }

  #keepSpare(): void {
    try {
      this.#spare = openSync('/dev/null', 'r')
    } catch {
      // All are taken; connections that are closed by this look make room for the next.
    }
  }

  #closeSurplus(): number {
    const numbers = readdirSync('/proc/self/fd')
    // Ages are learnt before they are needed.
    if (numbers.length <= this.#most / 2) return 0
    const descriptors = socketDescriptors(numbers)
    const open = connectionsOn(this.#limit.ports).filter(({ inode }) => descriptors.has(inode))
    this.#looks++
    this.#ages = new Map(open.map(({ inode }) => [inode, this.#ages.get(inode) ?? this.#looks]))
    const surplus = surplusOf(open, { most: this.#most, busy: this.#limit.busyPorts(), ages: this.#ages })
    if (surplus.length === 0) return 0
    const { shutdown } = bindLibc({ shutdown: ['number', 'number'] })
    // Bun reads that nobody is there any more, and closes it.
    for (const { inode } of surplus) shutdown(descriptors.get(inode) ?? -1, shutdownBoth)
    return surplus.length
  }
}

/** Three quarters of the files that this process may have open: without the others nothing could be opened any more. */
function affordable(): number {
  const limits = readText('/proc/self/limits')
  const files = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  return files === undefined ? Number.POSITIVE_INFINITY : Math.floor(Number(files) * 0.75)
}

interface Judgement {
  readonly most: number
  /** Ports of clients. */
  readonly busy: ReadonlySet<number>
  /** Socket → the smaller, the longer it has been there. */
  readonly ages: ReadonlyMap<number, number>
}

/**
 * Which connections have to go: as many as are too many, of those that nothing is being answered on. The oldest go first, and
 * last those on which bytes are on their way: the end of an answer, or a request that nobody has read yet.
 */
export function surplusOf(open: readonly Connection[], { most, busy, ages }: Judgement): readonly Connection[] {
  const rank = ({ inode, isMoving }: Connection) => [Number(isMoving), ages.get(inode) ?? 0, inode] as const
  const idle = open.filter(({ remotePort }) => !busy.has(remotePort))
  return idle.sort((one, other) => compare(rank(one), rank(other))).slice(0, Math.max(0, open.length - most))
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, place) => value !== other[place])
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0)
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
    .flatMap((family) => parseConnections(readText(`/proc/net/${family}`)))
    .filter(({ localPort }) => ports.includes(localPort))

/** Empty where it is not there: a kernel may have no IPv6. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** What is established or closed by the other side, of a table in the form of /proc/net/tcp. */
export function parseConnections(table: string): readonly Connection[] {
  const row = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) 0[18] (\S+) \S+ \S+\s+\d+\s+\d+ (\d+)/gm
  return [...table.matchAll(row)].map(([, local = '', remote = '', queues = '', inode]) => ({
    localPort: Number.parseInt(local, 16),
    remotePort: Number.parseInt(remote, 16),
    inode: Number(inode),
    isMoving: /[1-9A-F]/.test(queues),
  }))
}
