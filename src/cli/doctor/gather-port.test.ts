import { afterEach, expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { gatherPort } from './gather-port.ts'

const host = '127.0.0.1'
const open: { stop(): unknown }[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.stop()
})

/** A web server that answers everything so, and its port. */
function serve(answer: (path: string) => Response): number {
  const server = Bun.serve({ port: 0, hostname: host, fetch: (request) => answer(new URL(request.url).pathname) })
  open.push({ stop: () => server.stop(true) })
  return server.port as number
}

test('a Hearth tells its version', async () => {
  const port = serve(() => Response.json({ status: 'ok', version: '0.0.9', uptime_seconds: 1 }))
  expect(await gatherPort({ host, port })).toEqual({ host, port, state: 'hearth', version: '0.0.9' })
})

test('another program that says that it is well, and of which version, is no Hearth', async () => {
  const port = serve(() => Response.json({ status: 'ok', version: '3.2.1' }))
  expect(await gatherPort({ host, port })).toMatchObject({ state: 'taken', detail: 'another web server' })
})

test('another server is named where it tells what it is', async () => {
  const ollama = serve((path) => (path === '/' ? new Response('Ollama is running') : new Response('', { status: 404 })))
  expect(await gatherPort({ host, port: ollama })).toMatchObject({ state: 'taken', detail: 'Ollama' })
  const llama = serve(() => Response.json({ status: 'ok' }, { headers: { server: 'llama.cpp' } }))
  expect(await gatherPort({ host, port: llama })).toMatchObject({ state: 'taken', detail: 'llama-server' })
  const unknown = serve(() => new Response('hello', { headers: { server: 'nginx/1.27' } }))
  expect(await gatherPort({ host, port: unknown })).toMatchObject({
    state: 'taken',
    detail: 'a web server (nginx/1.27)',
  })
})

test('what speaks no HTTP is taken all the same, and a port that nobody has is free', async () => {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.address() as { port: number }
  expect(await gatherPort({ host, port })).toEqual({ host, port, state: 'taken' })
  await new Promise((resolve) => server.close(resolve))
  expect(await gatherPort({ host, port })).toEqual({ host, port, state: 'free' })
  expect(await gatherPort({ host, port: 0 })).toEqual({ host, port: 0, state: 'free' })
})

test('an address that is not of this machine is refused', async () => {
  expect(await gatherPort({ host: '192.0.2.1', port: 8080 })).toMatchObject({
    state: 'refused',
    detail: 'EADDRNOTAVAIL',
  })
})
