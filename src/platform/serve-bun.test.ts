import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectSecure, type TLSSocket } from 'node:tls'
import { makeCertificate } from '../../test/fakes/make-certificate.ts'
import { createMemoryLog } from '../../test/fakes/memory-log.ts'
import { serveBun } from './serve-bun.ts'

const [first, second, third] = ['first', 'second', 'third'].map((name) => makeCertificate({ name }))
const other = makeCertificate({ name: 'other' })

function start(keepsSocket: boolean) {
  const place = { host: '127.0.0.1', port: 0, ...(first && { tls: first }) }
  const server = serveBun({ ...place, log: createMemoryLog(), fetch: () => new Response('here') }, keepsSocket)
  return { server, [Symbol.asyncDispose]: () => server.closeNow() }
}

/** Its TLS begins now; the name in the certificate that it is shown, or how it ended. */
function nameShown(socket: Socket): Promise<string> {
  const secure: TLSSocket = connectSecure({ socket, rejectUnauthorized: false })
  return new Promise((resolve) => {
    secure.once('secureConnect', () => resolve(String(secure.getPeerCertificate().subject.CN)))
    secure.once('error', (error) => resolve(String(error))).once('close', () => resolve('closed'))
  }).finally(() => secure.destroy()) as Promise<string>
}

const open = (port: number) => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  return socket
}

for (const keepsSocket of [true, false])
  test(`a certificate is changed ${keepsSocket ? 'over the same socket' : 'by a new socket'}, again and again`, async () => {
    await using running = start(keepsSocket)
    const { server } = running
    for (const [certificate, name] of [
      [second, 'second'],
      [third, 'third'],
      [first, 'first'],
    ] as const) {
      if (certificate) server.renewCertificate(certificate)
      expect(await nameShown(open(server.port))).toBe(name)
    }
    expect(server.pending()).toBe(0)
  })

for (const keepsSocket of [true, false])
  test(`what Bun does not take changes nothing ${keepsSocket ? 'on the same socket' : 'on a new socket'}`, async () => {
    await using running = start(keepsSocket)
    const { server } = running
    for (let count = 0; count < 3; count++) {
      expect(() => server.renewCertificate({ cert: other.cert, key: second?.key ?? '' })).toThrow(/KEY_VALUES_MISMATCH/)
      expect(await nameShown(open(server.port))).toBe('first')
    }
    if (second) server.renewCertificate(second)
    expect(await nameShown(open(server.port))).toBe('second')
  })

const isLinux = process.platform === 'linux'

test.skipIf(!isLinux)(
  'the socket stays when the certificate changes, and with it whoever waits to be accepted',
  async () => {
    await using running = start(true)
    const { port } = running.server
    const before = listenersOn(port)
    expect(before).toHaveLength(1)
    if (second) running.server.renewCertificate(second)
    expect(listenersOn(port)).toEqual(before)
    expect(await nameShown(open(port))).toBe('second')
  },
)

/** Numbers of the sockets that listen on a port of 127.0.0.1. */
function listenersOn(port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const row = new RegExp(`: 0100007F:${hex} 00000000:0000 0A (?:\\S+ ){3} *\\d+ +\\d+ (\\d+)`, 'g')
  return [...readFileSync('/proc/net/tcp', 'utf8').matchAll(row)].map(([, inode = '']) => inode)
}

test.skipIf(!isLinux)('a hundred changes leave no socket and no entry in the loop behind', async () => {
  await using running = start(true)
  const before = held()
  for (let count = 0; count < 100; count++)
    if (second && third) running.server.renewCertificate(count % 2 ? second : third)
  expect(held()).toEqual(before)
  await running.server.stop()
  expect(held().sockets).toBe(before.sockets - 1)
})

/** Sockets of this process, and what its event loops watch. */
function held(): { sockets: number; watched: number } {
  const links = readdirSync('/proc/self/fd').map((number) => {
    try {
      return { number, name: readlinkSync(`/proc/self/fd/${number}`) }
    } catch {
      return { number, name: '' }
    }
  })
  const watched = links
    .filter(({ name }) => name === 'anon_inode:[eventpoll]')
    .flatMap(({ number }) => readFileSync(`/proc/self/fdinfo/${number}`, 'utf8').match(/^tfd:/gm) ?? [])
  return { sockets: links.filter(({ name }) => name.startsWith('socket:')).length, watched: watched.length }
}
