import { describe, expect, test } from 'bun:test'
import { createMemoryLog } from '../../test/fakes/memory-log.ts'
import { bindLibc } from './adopt-socket.ts'
import { serve } from './serve.ts'
import { handedSockets } from './systemd-sockets.ts'

const pid = String(process.pid)

describe.skipIf(process.platform !== 'linux')('sockets of systemd', () => {
  test.each([
    [{}, 'LISTEN_FDS is not set'],
    [{ LISTEN_FDS: '', LISTEN_PID: pid }, 'LISTEN_FDS is not set'],
    [{ LISTEN_FDS: '1', LISTEN_PID: '1' }, 'are for process 1, and this is'],
    [{ LISTEN_FDS: '1' }, 'are for process unknown'],
    [{ LISTEN_FDS: 'many', LISTEN_PID: pid }, "LISTEN_FDS is 'many'"],
    // Nothing has so many.
    [{ LISTEN_FDS: '9999', LISTEN_PID: pid, LISTEN_FDNAMES: 'web' }, 'Socket 3 of systemd (web) is '],
  ])('%j is refused with what to do', (variables, message) => {
    expect(() => handedSockets(variables)).toThrow(message)
  })

  const c = bindLibc({
    socket: ['number', 'number', 'number'],
    bind: ['number', 'pointer', 'number'],
    listen: ['number', 'number'],
    getsockname: ['number', 'pointer', 'pointer'],
    fcntl: ['number', 'number'],
    close: ['number'],
  })

  /** A socket on a free port of 127.0.0.1 that no event loop knows. */
  function listeningSocket(): { descriptor: number; port: number } {
    const descriptor = c.socket(2, 1, 0)
    const address = new Int32Array(4)
    const bytes = new DataView(address.buffer)
    bytes.setUint16(0, 2, true)
    bytes.setUint32(4, 0x7f000001)
    expect(c.bind(descriptor, address, 16)).toBe(0)
    expect(c.listen(descriptor, 16)).toBe(0)
    c.getsockname(descriptor, address, new Int32Array([16]))
    return { descriptor, port: bytes.getUint16(2) }
  }

  test('a server takes over a socket that listens, and leaves it open when it stops', async () => {
    const { descriptor, port } = listeningSocket()
    const url = `http://127.0.0.1:${port}`
    try {
      for (const text of ['first', 'second']) {
        const server = serve({ descriptor, url, log: createMemoryLog(), fetch: () => new Response(text) })
        expect(server.url).toBe(url)
        for (let count = 0; count < 20; count++)
          expect(await (await fetch(url, { headers: { connection: 'close' } })).text()).toBe(text)
        await server.stop()
        // F_GETFD: it is there.
        expect(c.fcntl(descriptor, 1)).toBeGreaterThanOrEqual(0)
      }
    } finally {
      c.close(descriptor)
    }
  })

  test('what cannot be taken over leaves nothing behind', async () => {
    const start = () =>
      serve({ descriptor: 1_000_000, url: 'http://h:1', log: createMemoryLog(), fetch: () => new Response() })
    expect(start).toThrow('Cannot take over http://h:1 from systemd: the socket could not be put in its place')
  })
})
