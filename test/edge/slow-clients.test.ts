import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connectRaw, type RawClient } from '../fakes/raw-client.ts'
import { type EdgeServer, startEdgeServer } from './edge-server.ts'

let server: EdgeServer
beforeAll(async () => {
  server = await startEdgeServer({ flags: ['--read-timeout-seconds', '1', '--max-connections', '400'] })
})
afterAll(() => server[Symbol.asyncDispose]())

const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

/** Sends a byte now and then until the connection is over. */
async function drip(client: RawClient, text: string): Promise<void> {
  const timer = setInterval(() => client.socket.write(text), 100)
  await client.closed
  clearInterval(timer)
}

const isWell = async () => (await fetch(`http://127.0.0.1:${server.port}/health`)).status === 200

/** What comes before the client sends no more, or only a byte now and then. */
const ways: readonly { readonly name: string; readonly sent: string; readonly drip?: string }[] = [
  { name: 'a head that comes a byte at a time', sent: `${head}X-Slow: `, drip: 'a' },
  { name: 'a head that never ends', sent: head },
  { name: 'nothing at all', sent: '' },
  { name: 'a body that stops in its middle', sent: `${head}Content-Length: 100\r\n\r\n{"messages":` },
  { name: 'chunks that stop in their middle', sent: `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"` },
]

// Together, because Bun takes ten seconds for a head whatever it is told.
test('what is never finished is not waited for for ever', async () => {
  const outcomes = await Promise.all(
    ways.map(async ({ name, sent, drip: more }) => {
      using client = await connectRaw(server.port)
      client.socket.write(sent)
      await (more === undefined ? client.closed : drip(client, more))
      return /^(HTTP\/1\.1 408 |$)/.test(client.text()) ? 'well' : `${name}: ${client.text()}`
    }),
  )
  expect(outcomes).toEqual(ways.map(() => 'well'))
  expect(await isWell()).toBe(true)
})

test('three hundred slow ones keep nobody else away, and leave nothing behind', async () => {
  const before = await server.settled()
  const clients = await Promise.all(Array.from({ length: 300 }, () => connectRaw(server.port)))
  for (const client of clients) client.socket.write(`${head}X-Slow: `)
  const all = Promise.all(clients.map((client) => drip(client, 'a')))
  expect(await isWell()).toBe(true)
  await all
  const { files } = await server.settled()
  expect(files).toBeLessThanOrEqual(before.files + 2)
})
