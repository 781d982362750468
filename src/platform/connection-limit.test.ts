import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createMemoryLog } from '../../test/fakes/memory-log.ts'
import { connectRaw } from '../../test/fakes/raw-client.ts'
import { limitConnections, parseConnections, surplusOf } from './connection-limit.ts'
import { serve } from './serve.ts'

test('the kernel tells of connections in its own way', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2044539 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000A00:00000000 00:00000000 00000000     0        0 2044540 1 0000000000000000 20 4 30 10 -1
  12: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C351 08 00000000:00000000 00:00000000 00000000     0        0 77 1 0
   3: 0100007F:C350 0100007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0000000000000000
`
  expect(parseConnections(table)).toEqual([
    { localPort: 8080, remotePort: 50000, inode: 2044540, isMoving: true },
    { localPort: 8080, remotePort: 50001, inode: 77, isMoving: false },
  ])
})

test('the oldest go that nothing is answered on, and none that something is', () => {
  const open = [5, 3, 4, 1].map((inode) => ({ localPort: 80, remotePort: inode, inode, isMoving: false }))
  const ages = new Map(open.map(({ inode }) => [inode, 1]))
  const gone = (most: number, busy: readonly number[] = []) =>
    surplusOf(open, { most, busy: new Set(busy), ages }).map(({ inode }) => inode)
  expect(gone(4)).toEqual([])
  expect(gone(2)).toEqual([1, 3])
  expect(gone(2, [1])).toEqual([3, 4])
  expect(gone(0, [1, 3, 4, 5])).toEqual([])
})

test('what was seen first is the oldest, whatever its number, and what bytes are on their way in goes last', () => {
  const open = [1, 2, 3].map((inode) => ({ localPort: 80, remotePort: inode, inode, isMoving: inode === 2 }))
  const ages = new Map([
    [1, 9],
    [2, 7],
    [3, 8],
  ])
  const gone = (most: number) => surplusOf(open, { most, busy: new Set(), ages }).map(({ inode }) => inode)
  expect([gone(2), gone(1), gone(0)]).toEqual([[3], [3, 1], [3, 1, 2]])
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
      onFault: (reason) => expect(reason).toBe(''),
      everyMilliseconds: 5,
    })
    await Promise.all(idle.map((client) => client.closed))
    // Some may have been in the queue yet when it was looked at first.
    expect(closed.reduce((sum, count) => sum + count)).toBe(20)
    gate.resolve()
    await busy.until('late')
    await server.closeNow()
  },
)

test.skipIf(process.platform !== 'linux')(
  'a process that may open no more files closes connections all the same',
  async () => {
    const script = `
      import { serve } from ${JSON.stringify(join(import.meta.dir, 'serve.ts'))}
      import { limitConnections } from ${JSON.stringify(join(import.meta.dir, 'connection-limit.ts'))}
      const server = serve({ host: '127.0.0.1', port: 0, log: console, fetch: () => new Response('here') })
      limitConnections({
        most: 4096, ports: [server.port], busyPorts: () => new Set(),
        onClose: (closed, most) => console.log('closed', closed, 'of', most),
        onFault: (reason) => console.log('fault', reason),
        everyMilliseconds: 100,
      })
      console.log('port', server.port)`
    const child = Bun.spawn(['sh', '-c', 'ulimit -n 128; exec "$0" -e "$1"', process.execPath, script], {
      stdout: 'pipe',
    })
    try {
      const lines = linesOf(child.stdout)
      const port = Number((await lines.next()).value?.split(' ')[1])
      const clients = await Promise.all(Array.from({ length: 200 }, () => connectRaw(port)))
      expect((await lines.next()).value).toMatch(/^closed \d+ of 96$/)
      // Those that the last of the files were taken by are gone: there is room for others.
      expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('here')
      for (const client of clients) client[Symbol.dispose]()
    } finally {
      child.kill()
      await child.exited
    }
  },
  30_000,
)

async function* linesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const piece of bytes) {
    const [last = '', ...whole] = (text + decoder.decode(piece, { stream: true })).split('\n').reverse()
    yield* whole.reverse()
    text = last
  }
}
