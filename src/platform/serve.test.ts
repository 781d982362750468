import { expect, test } from 'bun:test'
import { createMemoryLog } from '../../test/fakes/memory-log.ts'
import { connectRaw } from '../../test/fakes/raw-client.ts'
import { serve } from './serve.ts'
import { ListenError, type ServeCall } from './web-server.ts'

const start = (call: Partial<ServeCall> = {}) => {
  const log = createMemoryLog()
  const server = serve({ host: '127.0.0.1', port: 0, fetch: () => new Response('here'), log, ...call })
  return { server, log, [Symbol.asyncDispose]: () => server.closeNow() }
}

test('takes a free port when asked for port 0, and says which', async () => {
  await using running = start()
  expect(running.server.url).toBe(`http://127.0.0.1:${running.server.port}`)
  expect(await (await fetch(running.server.url)).text()).toBe('here')
})

test('a port that is in use is an error that names it and says what to do', async () => {
  await using running = start()
  const { port } = running.server
  expect(() => start({ port })).toThrow(ListenError)
  expect(() => start({ port })).toThrow(
    `Port ${port} on 127.0.0.1 is in use. Choose another port with --port (0 takes any free one)`,
  )
})

test('an address of another machine is an error that says so', () => {
  expect(() => start({ host: '192.0.2.1' })).toThrow('192.0.2.1')
})

test('stop() lets the running request finish and takes no new ones', async () => {
  const gate = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const answer = async () => {
    arrived.resolve()
    await gate.promise
    return new Response('late')
  }
  await using running = start({ fetch: answer })
  const { server } = running
  const answered = fetch(server.url, { headers: { connection: 'close' } })
  await arrived.promise
  expect(server.pending()).toBe(1)
  const stopped = server.stop()
  await expect(fetch(server.url)).rejects.toThrow()
  gate.resolve()
  expect(await (await answered).text()).toBe('late')
  await stopped
})

test('closeNow() cuts the running request', async () => {
  const arrived = Promise.withResolvers<void>()
  const answer = () => {
    arrived.resolve()
    return new Promise<Response>(() => {})
  }
  await using running = start({ fetch: answer })
  using client = await connectRaw(running.server.port)
  client.socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await arrived.promise
  await running.server.closeNow()
  await client.closed
})

test('what the handler throws is a bare 500 and a line in the log', async () => {
  const fail = () => {
    throw new Error('forgotten')
  }
  await using running = start({ fetch: fail })
  const response = await fetch(running.server.url)
  expect([response.status, await response.text()]).toEqual([500, ''])
  expect(running.log.lines[0]?.facts.error).toContain('forgotten')
})
