import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { createMemoryLog } from '../../test/fakes/memory-log.ts'
import { connectRaw } from '../../test/fakes/raw-client.ts'
import { limitConnections, parseConnections, surplusOf } from './connection-limit.ts'
import { serve } from './serve.ts'

test('the kernel tells of connections in its own way', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2044539 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 2044540 1 0000000000000000 20 4 30 10 -1
  12: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C351 08 00000000:00000000 00:00000000 00000000     0        0 77 1 0
   3: 0100007F:C350 0100007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0000000000000000
`
  expect(parseConnections(table)).toEqual([
    { localPort: 8080, remotePort: 50000, inode: 2044540 },
    { localPort: 8080, remotePort: 50001, inode: 77 },
  ])
})

test('the oldest go that nothing is answered on, and none that something is', () => {
  const open = [5, 3, 4, 1].map((inode) => ({ localPort: 80, remotePort: inode, inode }))
  const gone = (most: number, busy: readonly number[] = []) =>
    surplusOf(open, { most, busy: new Set(busy) }).map(({ inode }) => inode)
  expect(gone(4)).toEqual([])
  expect(gone(2)).toEqual([1, 3])
  expect(gone(2, [1])).toEqual([3, 4])
  expect(gone(0, [1, 3, 4, 5])).toEqual([])
})

test.skipIf(process.platform !== 'linux')(
  'a server with too many connections keeps those that it answers on',
  async () => {
    const gate = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    const answer = async () => {
      arrived.resolve()
      await gate.promise
      return new Response('late')
    }
    const server = serve({ host: '127.0.0.1', port: 0, log: createMemoryLog(), fetch: answer })
    const closed: number[] = []
    using busy = await connectRaw(server.port)
    busy.socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await arrived.promise
    const idle = await Promise.all(Array.from({ length: 20 }, () => connectRaw(server.port)))
    // Both ends are of this process, so that there are more files than connections.
    expect(readdirSync('/proc/self/fd').length).toBeGreaterThan(20)
    using _ = limitConnections({
      most: 1,
      ports: [server.port],
      busyPorts: () => new Set(server.busyPorts?.()),
      onClose: (count) => void closed.push(count),
      everyMilliseconds: 5,
    })
    await Promise.all(idle.map((client) => client.closed))
    expect(closed[0]).toBe(20)
    gate.resolve()
    await busy.until('late')
    await server.closeNow()
  },
)
