import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import process from 'node:process'
import { bindFunctions } from './foreign-functions.ts'

/**
 * Makes a server with `make`, which listens on some port, and puts the listening socket `descriptor` in the place of the one
 * that it has made: it accepts from that one then, which stays open when the server stops. Linux and Bun alone, which knows
 * no way to listen on a socket that is there. Throws a plain error where that cannot be done; nothing listens then.
 *
 * The new socket takes over the descriptor of the old one, and with it the entry by which Bun's loop knows it, which the
 * kernel tells in /proc.
 */
export function adoptSocket<Server extends { stop(isNow: boolean): unknown }>(
  descriptor: number,
  make: () => Server,
): Server {
  if (process.platform !== 'linux') throw new Error('only Linux hands sockets over')
  const before = socketsOfProcess()
  const server = make()
  try {
    const made = [...socketsOfProcess()].filter(([number, name]) => before.get(number) !== name)
    const [own] = made
    if (made.length !== 1 || own === undefined) throw new Error('the socket of the new server was not found')
    replace(own[0], descriptor)
    return server
  } catch (error) {
    void server.stop(true)
    throw error
  }
}

/** What this process has open as a socket: number → name, as `socket:[123]`. */
function socketsOfProcess(): Map<number, string> {
  const found = new Map<number, string>()
  for (const number of readdirSync('/proc/self/fd')) {
    const name = linkOf(number)
    if (name?.startsWith('socket:')) found.set(Number(number), name)
  }
  return found
}

/** The folder was read over a descriptor that is closed by now. */
function linkOf(number: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${number}`)
  } catch {
    return undefined
  }
}

function replace(own: number, descriptor: number): void {
  const watch = watchOf(own)
  const c = libc()
  // Bun accepts until there is nothing left to accept: a socket that waits would hold everything up.
  c.fcntl(descriptor, setStatusFlags, nonBlocking)
  if (c.dup3(descriptor, own, closeOnExec) !== own) throw new Error('the socket could not be put in its place')
  if (c.epoll_ctl(watch.loop, addEntry, own, eventOf(watch)) !== 0) throw new Error('the socket could not be watched')
}

interface Watch {
  /** Descriptor of the epoll instance. */
  readonly loop: number
  readonly events: number
  /** What the loop knows the socket by. */
  readonly data: bigint
}

/** The entry of a socket in an event loop of this process. */
function watchOf(socket: number): Watch {
  const line = new RegExp(`^tfd:\\s+${socket} events:\\s+([0-9a-f]+) data:\\s+([0-9a-f]+)`, 'm')
  for (const number of readdirSync('/proc/self/fd')) {
    if (linkOf(number) !== 'anon_inode:[eventpoll]') continue
    const match = line.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'utf8'))
    if (match)
      return { loop: Number(number), events: Number.parseInt(`${match[1]}`, 16), data: BigInt(`0x${match[2]}`) }
  }
  throw new Error('no event loop watches the socket')
}

/** struct epoll_event, which has no gap between its members on x86-64 alone. */
function eventOf({ events, data }: Watch): Int32Array {
  const isPacked = process.arch === 'x64'
  const bytes = new DataView(new ArrayBuffer(isPacked ? 12 : 16))
  bytes.setUint32(0, events, true)
  bytes.setBigUint64(isPacked ? 4 : 8, data, true)
  return new Int32Array(bytes.buffer)
}

const closeOnExec = 0o2000000
const addEntry = 1
const [setStatusFlags, nonBlocking] = [4, 0o4000]

/** The C library that this process has in memory: glibc's by its name, musl's by the one that it knows itself by. */
export function bindLibc<Names extends string>(functions: Parameters<typeof bindFunctions<Names>>[1]) {
  try {
    return bindFunctions('libc.so.6', functions)
  } catch {
    return bindFunctions('libc.so', functions)
  }
}

const libc = () =>
  bindLibc({
    fcntl: ['number', 'number', 'number'],
    dup3: ['number', 'number', 'number'],
    epoll_ctl: ['number', 'number', 'number', 'pointer'],
  })
