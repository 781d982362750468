import { expect, test } from 'bun:test'
import { openGateway } from '../../../test/fakes/open-gateway.ts'
import { connectRaw } from '../../../test/fakes/raw-client.ts'
import { findPath, surface } from './surface.ts'

test('every row of the table is found by a path of its kind', () => {
  for (const row of surface) {
    const path = row.path.replaceAll('{id}', 'an-id_1:x')
    const found = findPath(row.method, path)
    expect([row.path, found?.row.ability]).toEqual([row.path, row.ability])
    expect(decodeURIComponent(found?.path ?? '')).toBe(path)
  }
})

test.each([
  'organization/users',
  'files/../models',
  'files/..',
  'files/.',
  'files//content',
  'files/',
  '/files',
  'files/a/content/b',
  'files/a b',
  'files/a?x=1',
  'files/a#b',
  'files/a%2Fb',
  'files/a\\..\\b',
  'files/\u0000',
  'files/ä',
  `files/${'a'.repeat(300)}`,
  'FILES',
])('the path %p is none of a provider', (path) => {
  expect(findPath('GET', path)).toBeUndefined()
})

// Over a bare socket, since any HTTP library would tidy these up.
test.each([
  '/other/v1/files/../../../admin',
  '/other/v1/files/%2e%2e/%2e%2e/admin',
  '/other/v1/files/..%2f..%2fadmin',
  '/other/v1/files/%2e%2e%2fadmin',
  '/other/v1//admin',
  '/other/v1/files//admin',
  '/other/v1/files/a%2fcontent%2f..%2f..%2fadmin',
  '/other/v1/files/a%3fx=1/content',
  '/other/v1/files/a%23/content',
  '/other/v1/files/a%00/content',
  '/other/v1/files/a%0d%0aHost:%20b/content',
  '/other/v1/admin',
  '/other/admin',
  '/other/v1/%252e%252e/admin',
])('GET %s reaches no other path of the provider', async (path) => {
  await using open = await openGateway()
  using client = await connectRaw(open.server.port)
  client.socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
  await client.closed
  expect(client.text()).toMatch(/^HTTP\/1\.1 40[04]/)
  expect(open.upstream.requests).toEqual([])
})

test('a query goes on as one, made anew', async () => {
  await using open = await openGateway()
  await fetch(`${open.server.url}/other/v1/files?limit=2&after=a%26b%23c&include[]=x&include[]=y`)
  expect(open.upstream.requests[0]?.path).toBe('/v1/files?limit=2&after=a%26b%23c&include%5B%5D=x&include%5B%5D=y')
})

test('an unknown provider is 404 with those that there are; paths of this server are not taken for one', async () => {
  await using open = await openGateway()
  const response = await fetch(`${open.server.url}/nobody/v1/models`)
  expect(response.status).toBe(404)
  const { error } = (await response.json()) as { error: { code: string; message: string } }
  expect(error).toMatchObject({ code: 'provider_not_found', message: "There is no provider 'nobody'; there is other." })
  for (const path of ['/v1/v1/models', '/docs/v1/models', '/health/v1/models'])
    expect((await fetch(`${open.server.url}${path}`)).status).toBe(404)
  expect((await fetch(`${open.server.url}/v1/v1/models`)).headers.get('content-type')).toStartWith('application/json')
})

test('what a provider does not have is not asked', async () => {
  await using open = await openGateway({ wish: { abilities: ['chat', 'models'] } })
  for (const [path, body] of [
    ['/other/v1/embeddings', { model: 'fake', input: 'a' }],
    ['/v1/embeddings', { model: 'other/fake', input: 'a' }],
    ['/other/v1/images/generations', { model: 'fake', prompt: 'a' }],
  ] as const) {
    const response = await open.post(path, body)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'operation_not_offered' } })
  }
  expect(open.upstream.requests).toEqual([])
})

test('a body that is too large is refused before anything is sent on', async () => {
  await using open = await openGateway({ limits: { maxBodyBytes: 1000 } })
  const response = await open.post('/other/v1/files', 'x'.repeat(1500))
  expect(response.status).toBe(413)
  expect(open.upstream.requests).toEqual([])
})

test('a page of another site sends nothing on, not even a form', async () => {
  await using open = await openGateway()
  const headers = {
    'content-type': 'multipart/form-data; boundary=b',
    'sec-fetch-site': 'cross-site',
    origin: 'http://evil.example',
  }
  const response = await open.post('/other/v1/files', '--b--', { headers })
  expect(response.status).toBe(403)
  expect(open.upstream.requests).toEqual([])
})
