import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import process from 'node:process'
import { bindFunctions } from './foreign-functions.ts'

interface Stoppable {
  stop(isNow: boolean): unknown
}

/** A server, and what it listens on. */
export interface ListeningServer<Server> {
  readonly server: Server
  /** Descriptor of its socket, which `adoptSocket` can give to another server as long as this one listens. */
  readonly socket: number
}

/**
 * Makes a server with `make`, which listens on some port, and puts the listening socket `descriptor` in the place of the one
 * that it has made: it accepts from that one then, which stays open when the server stops. Linux and Bun alone, which knows
 * no way to listen on a socket that is there. Throws a plain error where that cannot be done; the new server is gone then.
 *
 * The new socket takes over the descriptor of the old one, and with it the entry by which Bun's loop knows it, which the
 * kernel tells in /proc.
 */
export function adoptSocket<Server extends Stoppable>(descriptor: number, make: () => Server): ListeningServer<Server> {
  if (process.platform !== 'linux') throw new Error('only Linux hands sockets over')
  const { server, socket } = makeAndFind(make)
  try {
    if (socket === undefined) throw new Error('the socket of the new server was not found')
    replace(socket, descriptor)
    return { server, socket }
  } catch (error) {
    void server.stop(true)
    throw error
  }
}

/** Makes a server with `make` and finds its socket; undefined where `adoptSocket` would not work with it. */
export function makeAndFind<Server extends Stoppable>(make: () => Server): { server: Server; socket?: number } {
  if (process.platform !== 'linux') return { server: make() }
  const before = listeningSockets()
  const server = make()
  const made = [...listeningSockets()].filter(([number, name]) => before.get(number) !== name)
  const [own] = made
  return { server, ...(made.length === 1 && own && watchOf(own[0]) && { socket: own[0] }) }
}

/**
 * What of this process listens: descriptor → name, as `socket:[123]`. Others that come and go meanwhile, as those of
 * requests that are sent, are none of them. Empty where /proc is not there.
 */
function listeningSockets(): ReadonlyMap<number, string> {
  const c = libc()
  const found = new Map<number, string>()
  for (const number of descriptors()) {
    const name = linkOf(number)
    if (name?.startsWith('socket:') && isListening(c, Number(number))) found.set(Number(number), name)
  }
  return found
}

function descriptors(): readonly string[] {
  try {
    return readdirSync('/proc/self/fd')
  } catch {
    return []
  }
}

function isListening(c: Libc, descriptor: number): boolean {
  const value = new Int32Array(1)
  return c.getsockopt(descriptor, socketLevel, acceptsConnections, value, new Int32Array([4])) === 0 && value[0] === 1
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
  if (!watch) throw new Error('no event loop watches the socket')
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

/** The entry of a socket in an event loop of this process; undefined where there is none. */
function watchOf(socket: number): Watch | undefined {
  const line = new RegExp(`^tfd:\\s+${socket} events:\\s+([0-9a-f]+) data:\\s+([0-9a-f]+)`, 'm')
  for (const number of descriptors()) {
    if (linkOf(number) !== 'anon_inode:[eventpoll]') continue
    const match = line.exec(entriesOf(number))
    if (match)
      return { loop: Number(number), events: Number.parseInt(`${match[1]}`, 16), data: BigInt(`0x${match[2]}`) }
  }
  return undefined
}

/** Some kernels that are none, as in sandboxes, do not tell. */
function entriesOf(loop: string): string {
  try {
    return readFileSync(`/proc/self/fdinfo/${loop}`, 'utf8')
  } catch {
    return ''
  }
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
const [socketLevel, acceptsConnections] = [1, 30]

/** The C library that this process has in memory: glibc's by its name, musl's by the one that it knows itself by. */
export function bindLibc<Names extends string>(functions: Parameters<typeof bindFunctions<Names>>[1]) {
  try {
    return bindFunctions('libc.so.6', functions)
  } catch {
    return bindFunctions('libc.so', functions)
  }
}

type Libc = ReturnType<typeof libc>

const libc = () =>
  bindLibc({
    fcntl: ['number', 'number', 'number'],
    getsockopt: ['number', 'number', 'number', 'pointer', 'pointer'],
    dup3: ['number', 'number', 'number'],
    epoll_ctl: ['number', 'number', 'number', 'pointer'],
  })
