import { afterAll, expect, test } from 'bun:test'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeEnvironment } from '../../config/environment.ts'
import { findServer, requireServer } from './find-server.ts'
import { type ClientEvent, createClient } from './hearth-client.ts'

/** A server that answers as the test says. */
async function serverThat(answer: (response: ServerResponse, path: string, key: string | undefined) => void) {
  const server = createServer((request, response) => answer(response, request.url ?? '', request.headers.authorization))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  closers.push(close)
  return { url, close }
}

const closers: (() => void)[] = []
afterAll(() => {
  for (const close of closers) close()
})

const signal = new AbortController().signal
const environment = makeEnvironment({ variables: {}, platform: 'linux', home: '/', currentFolder: '/' })

async function eventsOf(url: string, onComment?: (text: string) => void): Promise<ClientEvent[]> {
  const found: ClientEvent[] = []
  const client = createClient({ url })
  for await (const event of client.events({ path: '/x', body: {}, signal, ...(onComment && { onComment }) }))
    found.push(event)
  return found
}

test('events, their names and the comments between them, whatever pieces they come in', async () => {
  const bytes = new TextEncoder().encode(
    ': loading 42%\n\nevent: progress\ndata: {"a":"ü"}\n\ndata: {"b":2}\n\ndata: [DONE]\n\n',
  )
  const { url } = await serverThat((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    // One byte at a time: also in the middle of a letter.
    for (const byte of bytes) response.write(Uint8Array.of(byte))
    response.end()
  })
  const comments: string[] = []
  expect(await eventsOf(url, (comment) => comments.push(comment.trim()))).toEqual([
    { name: 'progress', data: { a: 'ü' } },
    { name: 'message', data: { b: 2 } },
  ])
  expect(comments).toEqual(['loading 42%'])
})

test('a connection that breaks in the middle is told, and never taken for the end', async () => {
  const { url } = await serverThat((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': '1000' })
    response.write('data: {"a":1}\n\n', () => response.destroy())
  })
  await expect(eventsOf(url)).rejects.toThrow('broke')
})

test('a refusal is read, the key is sent, and what is no JSON is told', async () => {
  const { url } = await serverThat((response, path, key) => {
    if (path === '/html') response.writeHead(200).end('<html>')
    else if (key === 'Bearer secret') response.writeHead(200).end('{"ok":true}')
    else response.writeHead(401).end('{"error":{"message":"A key, please.","code":"key_missing","hint":"H."}}')
  })
  await expect(createClient({ url }).json({ path: '/x', signal })).rejects.toMatchObject({ code: 'key_missing' })
  expect(await createClient({ url, apiKey: 'secret' }).json<unknown>({ path: '/x', signal })).toEqual({ ok: true })
  await expect(createClient({ url }).json({ path: '/html', signal })).rejects.toThrow('no JSON')
})

test('a connection is used once, so that none is used that the server has closed meanwhile', async () => {
  const ports = new Set<number | undefined>()
  const { url } = await serverThat((response) => {
    ports.add(response.socket?.remotePort)
    response.end('{}')
  })
  const client = createClient({ url })
  for (let call = 0; call < 5; call++) expect(await client.json<object>({ path: '/x', signal })).toEqual({})
  expect(ports.size).toBe(5)
})

test('an abort ends a call at once, before and after the head', async () => {
  const begun = Promise.withResolvers<void>()
  const { url } = await serverThat((response, path) => {
    if (path === '/head') response.writeHead(200).write('data: {"a":1}\n\n')
    begun.resolve()
  })
  const before = new AbortController()
  const call = createClient({ url }).json({ path: '/never', signal: before.signal })
  await begun.promise
  before.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
  const after = new AbortController()
  const read = async () => {
    for await (const _ of createClient({ url }).events({ path: '/head', signal: after.signal }))
      after.abort(new Error('enough'))
  }
  await expect(read()).rejects.toThrow('enough')
})

test('a Hearth is known by its health; where it was named and is none, that is an error', async () => {
  const hearth = await serverThat((response) => response.end('{"status":"ok","version":"1.2.3","uptime_seconds":5}'))
  const other = await serverThat((response) => response.end('{"status":"ok","version":"1.2.3"}'))
  const page = await serverThat((response) => response.writeHead(404).end('<html>'))
  const silent = await serverThat(() => {})
  const gone = await serverThat(() => {})
  gone.close()
  const find = (url: string, isNamed: boolean) =>
    findServer({ address: { url, isNamed }, environment, signal, patienceMilliseconds: 200 })
  expect((await find(hearth.url, false))?.version).toBe('1.2.3')
  for (const { url } of [other, page, silent, gone]) expect(await find(url, false)).toBeUndefined()
  await expect(find(other.url, true)).rejects.toThrow('is no Hearth')
  await expect(find(page.url, true)).rejects.toThrow('is no Hearth')
  await expect(find(silent.url, true)).rejects.toThrow('does not answer')
  await expect(find(gone.url, true)).rejects.toThrow('nothing listens there')
  const absent = requireServer({ address: { url: gone.url, isNamed: false }, environment, signal })
  await expect(absent).rejects.toThrow('No Hearth is running')
})

test('a key that no header can have is told before anything is sent, and the end of its line is none of it', () => {
  for (const apiKey of ['a\nb', 'a b', 'ключ'])
    expect(() => createClient({ url: 'http://127.0.0.1:1', apiKey }), apiKey).toThrow('The API key has characters')
  for (const apiKey of ['abc\n', ' ']) expect(() => createClient({ url: 'http://127.0.0.1:1', apiKey })).not.toThrow()
})
