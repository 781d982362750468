import { expect, test } from 'bun:test'
import { openGateway } from '../../../test/fakes/open-gateway.ts'
import { connectRaw, postBytes } from '../../../test/fakes/raw-client.ts'

const ask = { model: 'other/fake', messages: [{ role: 'user', content: 'Hello!' }], stream: true }
const chat = '/v1/chat/completions'

/** Holds a stream at its third event until it is let go. */
const held = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { beforePiece: (place: number) => (place === 2 ? promise : undefined), release: resolve }
}

test('an event is passed on before the next one has come', async () => {
  const { beforePiece, release } = held()
  await using open = await openGateway({ upstream: { beforePiece } })
  using client = await connectRaw(open.server.port)
  client.socket.write(postBytes(chat, ask))
  await client.until(' day')
  expect(client.text()).not.toContain('[DONE]')
  release()
  await client.until('[DONE]')
})

test('a stream is over with its last event, though its connection does not end', async () => {
  await using open = await openGateway()
  open.upstream.fail('no-end')
  expect(await (await open.chat({ stream: true })).text()).toEndWith('data: [DONE]\n\n')
  const { data } = (await (await fetch(`${open.server.url}/v1/providers`)).json()) as {
    data: { name: string; addresses: object[] }[]
  }
  expect(data.find(({ name }) => name === 'other')?.addresses).toMatchObject([{ busy: 0, breaker: 'closed' }])
  expect((await open.upstream.abandoned()).path).toBe('/v1/chat/completions')
})

for (const stream of [true, false])
  test(`a client that leaves closes the connection to the provider at once (stream: ${stream})`, async () => {
    const never = new Promise<void>(() => {})
    const beforePiece = (place: number) => (place === (stream ? 2 : 0) ? never : undefined)
    await using open = await openGateway({ upstream: { beforePiece } })
    using client = await connectRaw(open.server.port)
    client.socket.write(postBytes(chat, { ...ask, stream }, 'leaver'))
    if (stream) await client.until(' day')
    await open.upstream.seen(1)
    client.socket.destroy()
    expect((await open.upstream.abandoned()).path).toBe('/v1/chat/completions')
    await open.services.log.waitFor((line) => line.message === 'request' && line.facts.status === 499)
    expect([...open.services.requests].map(({ model }) => model)).not.toContain('other/fake')
  })

test('a request to a provider is listed, and stopping it closes the connection and tells its client', async () => {
  const never = new Promise<void>(() => {})
  await using open = await openGateway({ upstream: { beforePiece: (place) => (place === 2 ? never : undefined) } })
  using client = await connectRaw(open.server.port)
  client.socket.write(postBytes(chat, ask, 'stopped'))
  await client.until(' day')
  const list = await (await fetch(`${open.server.url}/v1/requests`)).json()
  expect(list).toMatchObject({
    data: expect.arrayContaining([
      expect.objectContaining({ id: 'stopped', model: 'other/fake', task: 'generation', state: 'writing', pieces: 2 }),
    ]),
  })
  const stopped = await open.post('/v1/halt', { model: 'other/fake' })
  expect(await stopped.json()).toMatchObject({ stopped: 1 })
  await open.upstream.abandoned()
  await client.until('"code":"request_stopped"')
})

test('a slow client holds back the provider', async () => {
  const piece = 'x'.repeat(16_384)
  await using open = await openGateway({ upstream: { pieces: ['first', 'second', piece] } })
  open.upstream.fail('never-ending')
  using client = await connectRaw(open.server.port)
  client.socket.write(postBytes(chat, ask))
  await client.until('second')
  client.socket.pause()
  // Once all buffers on the way are full nothing moves any more: what was written stays the same for a while.
  let [before, same] = [-1, 0]
  while (same < 20) {
    await new Promise((resolve) => setTimeout(resolve, 25))
    same = open.upstream.writtenBytes === before ? same + 1 : 0
    before = open.upstream.writtenBytes
  }
  // What sockets of this machine hold between three programs, and no growth beyond it.
  expect(before).toBeLessThan(2 ** 25)
  client.socket.resume()
  while (open.upstream.writtenBytes === before) await new Promise((resolve) => setTimeout(resolve, 5))
}, 30_000)

test('bytes that are no JSON pass through as they come, and break off where they do', async () => {
  await using open = await openGateway()
  const speech = { status: 200, headers: { 'content-type': 'audio/mpeg' }, body: '\u0000sound' }
  open.upstream.fail(speech)
  const path = '/other/v1/audio/speech'
  const response = await open.post(path, { model: 'fake', input: 'Hello!', voice: 'a' })
  expect(response.headers.get('content-type')).toBe('audio/mpeg')
  expect(await response.text()).toBe('\u0000sound')
  expect(JSON.parse(open.upstream.requests[0]?.body.toString() ?? '')).toMatchObject({ model: 'fake', voice: 'a' })
})

test('a page of the provider is a download, and no page of this server', async () => {
  await using open = await openGateway()
  const fetched = async (headers: Record<string, string>) => {
    open.upstream.fail({ status: 200, headers, body: '<script>steal()</script>' })
    const response = await fetch(`${open.server.url}/other/v1/files/file-1/content`)
    return response.headers.get('content-disposition')
  }
  for (const type of [
    'text/html',
    'text/plain, text/html',
    'application/xslt+xml',
    'application/mathml+xml',
    'image/SVG+xml',
    'multipart/x-mixed-replace; boundary=x',
  ])
    expect([type, await fetched({ 'content-type': type, 'content-disposition': 'inline' })]).toEqual([
      type,
      'attachment',
    ])
  const named = 'attachment; filename="a.html"'
  expect(await fetched({ 'content-type': 'text/html', 'content-disposition': named })).toBe(named)
  expect(await fetched({ 'content-type': 'audio/mpeg' })).toBe(null)
})
