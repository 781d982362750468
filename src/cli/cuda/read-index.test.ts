import { afterEach, expect, test } from 'bun:test'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { wheelAddress } from './read-index.ts'
import type { RuntimeWheel } from './runtime-packages.ts'

const wheel: RuntimeWheel = {
  ...{ package: 'nvidia-cublas', version: '13.2.1.1', file: 'nvidia_cublas-13.2.1.1-any.whl' },
  ...{ bytes: 1, sha256: '', libraries: {} },
}
const stop = new AbortController()
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** Where an index lies that answers as given; `asked` gathers what it was shown. */
async function startIndex(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization)
    answer(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { asked, port }
}

const look = (port: number, user = '') =>
  wheelAddress({
    index: { url: new URL(`http://${user}127.0.0.1:${port}/simple/`), source: '--index' },
    ...{ wheel, variables: {}, signal: stop.signal },
  })

const leading = (url: string) => (response: ServerResponse) =>
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ files: [null, 7, { filename: wheel.file, url }] }))

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

test('what leads to another host is followed without showing it who asks; the own host is shown it', async () => {
  const elsewhere = await startIndex(leading('https://files.example/a.whl#sha256=0'))
  expect(await look(elsewhere.port, 'ann:s%40crt@')).toEqual({ url: new URL('https://files.example/a.whl') })
  expect(elsewhere.asked).toEqual([basic('ann:s@crt')])
  const own = await startIndex(leading('/files/a.whl'))
  const url = new URL(`http://127.0.0.1:${own.port}/files/a.whl`)
  expect(await look(own.port, ':token@')).toEqual({ url, authorization: basic(':token') })
})

test('a user in the address of a file stays out of it, and a lone percent sign stands for itself', async () => {
  const { port, asked } = await startIndex(leading('https://bob:key@files.example/a.whl'))
  expect(await look(port, 'ann:50%25%@')).toEqual({
    ...{ url: new URL('https://files.example/a.whl'), authorization: basic('bob:key') },
  })
  expect(asked).toEqual([basic('ann:50%%')])
})

test('nothing is fetched from the files of this machine, nor from the link of a cloud', async () => {
  for (const [link, words] of [
    ['file:///etc/passwd', 'gives no address'],
    ['http://169.254.169.254/latest', 'leads to http://169.254.169.254 for nvidia_cublas'],
    ['javascript:1', 'gives no address'],
  ] as const) {
    const { port } = await startIndex(leading(link))
    await expect(look(port)).rejects.toThrow(words)
  }
})

test('a page without an end, and one that is no list, are refused', async () => {
  const endless = await startIndex(async (response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.on('error', () => {})
    for (const chunk = Buffer.alloc(2 ** 20, '<a '); !response.destroyed; )
      await new Promise<void>((resolve) => response.write(chunk, () => resolve()))
  })
  await expect(look(endless.port)).rejects.toThrow('sends more than a list of files')
  for (const text of ['null', '{"files":{}}', 'a page of a proxy']) {
    const { port } = await startIndex((response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(text),
    )
    await expect(look(port)).rejects.toThrow('sends something that is no list of files')
  }
})

test('an index that wants to know who asks says so, and speaks of no other service', async () => {
  for (const status of [401, 403, 429]) {
    const { port } = await startIndex((response) => response.writeHead(status).end())
    const failed = look(port)
    await expect(failed).rejects.toThrow(
      status === 429 ? 'answers 429: too many requests' : `answers ${status}: it wants another user`,
    )
    await expect(failed).rejects.not.toThrow('HF_TOKEN')
  }
})
