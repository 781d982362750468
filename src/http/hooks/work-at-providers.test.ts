import { describe, expect, test } from 'bun:test'
import { openGateway } from '../../../test/fakes/open-gateway.ts'
import { connectRaw, postBytes } from '../../../test/fakes/raw-client.ts'
import { mount } from '../mount.ts'
import * as routes from '../routes.gen.ts'

const never = new Promise<void>(() => {})

describe('a request to a provider that takes too long', () => {
  test('closes the connection to the provider, and its client is told why', async () => {
    await using open = await openGateway({
      upstream: { beforePiece: () => never },
      limits: { requestTimeoutSeconds: 0.1 },
    })
    const response = await open.chat()
    expect(response.status).toBe(504)
    expect(await response.text()).toContain('request_timeout')
    expect((await open.upstream.abandoned()).path).toBe('/v1/chat/completions')
  })

  test('ends in the middle of its stream with an event that says so', async () => {
    await using open = await openGateway({
      upstream: { beforePiece: (place) => (place === 2 ? never : undefined) },
      limits: { requestTimeoutSeconds: 0.3 },
    })
    const response = await open.chat({ stream: true })
    const text = await response.text()
    expect(text).toContain(' day')
    expect(text).toMatch(/"code":"request_timeout"/)
    await open.upstream.abandoned()
    const line = await open.services.log.waitFor(({ message }) => message === 'request')
    expect(line.facts).toMatchObject({ status: 504, error: 'request_timeout', model: 'other/fake' })
  })
})

describe('the place of a request', () => {
  test('is free again however the request has ended', async () => {
    await using open = await openGateway({
      limits: { maxRequests: 1 },
      wish: { idleSeconds: 0.1, firstByteSeconds: 2 },
    })
    const path = '/v1/chat/completions'
    const messages = [{ role: 'user', content: 'Hi' }]
    const isFree = async (after: unknown) => {
      const response = await open.post(path, { messages })
      await response.text()
      expect([after, response.status]).toEqual([after, 200])
    }
    for (const fault of [
      'reset-before-head',
      'reset-mid-stream',
      'truncated',
      'half-open',
      'web-page',
      'cut-json',
    ] as const)
      for (const stream of [true, false]) {
        open.upstream.fail(fault)
        await (await open.chat({ stream })).text()
        open.upstream.forget()
        await isFree([fault, stream])
      }
    for (const body of [
      '{',
      '',
      { messages: [] },
      { messages, model: 'absent' },
      { messages, model: 'failing' },
      { messages, model: 'failing', stream: true },
    ]) {
      await (await open.post(path, body)).text()
      await isFree(body)
    }
  })

  test('is free again when its client has left, before an answer and in the middle of one', async () => {
    const beforePiece = (place: number) => (place === 2 ? never : undefined)
    await using open = await openGateway({ limits: { maxRequests: 1 }, upstream: { beforePiece } })
    const ask = { model: 'other/fake', messages: [{ role: 'user', content: 'Hi' }] }
    for (const stream of [true, false]) {
      if (!stream) open.upstream.fail('silent')
      using client = await connectRaw(open.server.port)
      client.socket.write(postBytes('/v1/chat/completions', { ...ask, stream }, `leaver-${stream}`))
      if (stream) await client.until(' day')
      else await open.upstream.seen(2)
      client.socket.destroy()
      await open.services.log.waitFor(({ facts }) => facts.requestId === `leaver-${stream}`)
      const response = await open.post('/v1/chat/completions', { messages: ask.messages })
      expect(response.status).toBe(200)
      await response.text()
    }
  })
})

test('an answer that is no JSON may come as slowly as it wants, also where nothing was sent for it', async () => {
  await using open = await openGateway()
  open.upstream.fail({ status: 200, headers: { 'content-type': 'application/octet-stream' }, body: 'bytes' })
  const kept: string[] = []
  const asked = new Request('http://localhost/other/v1/files/file-1/content')
  const connection = {
    addressOf: () => undefined,
    keepAlive: () => {
      kept.push('begun')
      return { [Symbol.dispose]: () => void kept.push('ended') }
    },
  }
  const response = await mount(Object.values(routes), open.services).fetch(asked, connection)
  expect(kept).toEqual(['begun'])
  expect(await response.text()).toBe('bytes')
  expect(kept).toEqual(['begun', 'ended'])
})

test('a model whose name has half a character is answered as any other', async () => {
  await using open = await openGateway()
  for (const stream of [true, false]) {
    open.upstream.fail({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' })
    const response = await open.chat({ model: 'other/a\ud800\u00e9\n', stream })
    await response.text()
    expect(response.status).toBe(200)
    expect(response.headers.get('x-hearth-model')).toStartWith('other/a')
    expect(response.headers.get('x-request-id')).not.toBeNull()
  }
})
