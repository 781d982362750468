import process from 'node:process'
import { bindLibc } from './adopt-socket.ts'
import { addressText, type ListenAddress } from './listen-address.ts'
import { ListenError } from './web-server.ts'

/** A listening socket that systemd, or whoever does as it does, has handed to this process. */
export interface HandedSocket {
  readonly descriptor: number
  /** What it is bound to. */
  readonly address: Exclude<ListenAddress, { type: 'systemd' }>
  /** The address as a URL. */
  readonly url: string
}

const firstDescriptor = 3

/**
 * The sockets of LISTEN_FDS (sd_listen_fds(3)). One whose name (FileDescriptorName= of the unit) begins with `https` is to
 * speak HTTPS. Throws a `ListenError` where there are none, or where one cannot be listened on.
 */
export function handedSockets(variables: Readonly<Record<string, string>>): readonly HandedSocket[] {
  if ('Deno' in globalThis)
    throw new ListenError("Deno cannot take over sockets of systemd. Leave 'systemd' out of listen, or use Bun.")
  if (process.platform !== 'linux') throw new ListenError("Only Linux has systemd. Leave 'systemd' out of listen.")
  const { LISTEN_PID: id, LISTEN_FDS: count, LISTEN_FDNAMES: names = '' } = variables
  if (!count) throw new ListenError(`systemd has handed over no socket: LISTEN_FDS is not set. ${advice}`)
  if (id !== String(process.pid))
    throw new ListenError(
      `The sockets of LISTEN_FDS are for process ${id || 'unknown'}, and this is ${process.pid}. ExecStart= has to start Hearth itself, not a script.`,
    )
  if (!/^[1-9]\d{0,3}$/.test(count)) throw new ListenError(`LISTEN_FDS is '${count}', expected a number. ${advice}`)
  const known = names.split(':')
  return Array.from({ length: Number(count) }, (_, place) => look(firstDescriptor + place, known[place] ?? ''))
}

const advice = 'The service needs a .socket unit with ListenStream=, and has to be started by it.'

function look(descriptor: number, name: string): HandedSocket {
  const c = libc()
  const say = (what: string) => new ListenError(`Socket ${descriptor} of systemd (${name || 'no name'}) ${what}.`)
  const [type, isListening] = [optionOf(c, descriptor, socketType), optionOf(c, descriptor, acceptsConnections)]
  if (type === undefined) throw say('is not there')
  if (type !== streamSocket) throw say('is no stream: the unit needs ListenStream=, not ListenDatagram=')
  if (isListening !== 1) throw say('is one connection: the unit needs Accept=no')
  // Children would hold it open.
  c.fcntl(descriptor, setDescriptorFlags, closeOnExec)
  const address = addressOf(c, { descriptor, isSecure: name.startsWith('https') })
  if (!address) throw say('has neither a port nor a path')
  return { descriptor, address, url: addressText(address) }
}

type Libc = ReturnType<typeof libc>

const libc = () =>
  bindLibc({
    getsockopt: ['number', 'number', 'number', 'pointer', 'pointer'],
    getsockname: ['number', 'pointer', 'pointer'],
    fcntl: ['number', 'number', 'number'],
  })

const [socketLevel, socketType, acceptsConnections, streamSocket] = [1, 3, 30, 1]
const [setDescriptorFlags, closeOnExec] = [2, 1]

function optionOf(c: Libc, descriptor: number, option: number): number | undefined {
  const value = new Int32Array(1)
  return c.getsockopt(descriptor, socketLevel, option, value, new Int32Array([4])) === 0 ? value[0] : undefined
}

/** struct sockaddr_in, sockaddr_in6 or sockaddr_un. */
function addressOf(
  c: Libc,
  { descriptor, isSecure }: { descriptor: number; isSecure: boolean },
): HandedSocket['address'] | undefined {
  const [numbers, length] = [new Int32Array(32), new Int32Array([128])]
  if (c.getsockname(descriptor, numbers, length) !== 0) return undefined
  const bytes = new DataView(numbers.buffer)
  const port = bytes.getUint16(2)
  const family = bytes.getUint16(0, true)
  if (family === 2) {
    const host = [4, 5, 6, 7].map((at) => bytes.getUint8(at)).join('.')
    return { type: 'tcp', host, port, isSecure }
  }
  if (family === 10) return { type: 'tcp', host: shortened(bytes), port, isSecure }
  if (family !== 1) return undefined
  const path = new Uint8Array(numbers.buffer, 2, Math.max(0, (length[0] ?? 2) - 2))
  const end = path.indexOf(0, 1)
  const text = new TextDecoder().decode(end < 0 ? path : path.subarray(0, end)).replace(/^\0/, '@')
  return { type: 'unix', path: text, mode: 0o660 }
}

/** As IPv6 addresses are written: URL knows the rules. */
function shortened(bytes: DataView): string {
  const groups = [8, 10, 12, 14, 16, 18, 20, 22].map((at) => bytes.getUint16(at).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
