import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MadeCertificate, makeCertificate } from '../../../test/fakes/make-certificate.ts'
import { createMemoryLog } from '../../../test/fakes/memory-log.ts'
import { serve } from '../../platform/serve.ts'
import type { ListenPlace, WebServer } from '../../platform/web-server.ts'
import { createClient } from './hearth-client.ts'
import { trustOf } from './trust-of.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-send-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const servers: WebServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.closeNow()
})
function serverAt(place: ListenPlace): string {
  const server = serve({ ...place, log: createMemoryLog(), fetch: (request) => Response.json({ path: request.url }) })
  servers.push(server)
  return server.url
}
const secureAt = (tls: MadeCertificate) => serverAt({ host: '127.0.0.1', port: 0, tls })
const { signal } = new AbortController()
const ask = (options: Parameters<typeof createClient>[0]) => createClient(options).json<object>({ path: '/x', signal })
const trustIn = (text: string) => {
  const path = join(folder, 'trusted.pem')
  writeFileSync(path, text)
  return trustOf(path)
}

test('a certificate that nobody vouches for is refused with what to do, and taken by who has its file', async () => {
  const own = makeCertificate({ name: 'own', hosts: ['*.example.com'] })
  const url = secureAt(own)
  await expect(ask({ url })).rejects.toMatchObject({ hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') })
  expect(await ask({ url, trust: await trustIn(own.cert) })).toMatchObject({ path: expect.stringContaining('/x') })
})

test('the file of another server vouches for nothing', async () => {
  const [own, other] = ['own', 'other'].map((name) => makeCertificate({ name })) as [MadeCertificate, MadeCertificate]
  await expect(ask({ url: secureAt(own), trust: await trustIn(other.cert) })).rejects.toThrow('no connection')
  const root = makeCertificate({ name: 'root', isAuthority: true })
  const [here, elsewhere] = ['here.example.com', 'elsewhere.example.com'].map((name) =>
    makeCertificate({ name, hosts: [name], issuer: root }),
  ) as [MadeCertificate, MadeCertificate]
  const trust = await trustIn(here.cert + root.cert)
  expect(await ask({ url: secureAt(here), trust })).toBeDefined()
  await expect(ask({ url: secureAt(elsewhere), trust })).rejects.toThrow('no connection')
})

test('HTTP and HTTPS taken for one another say so', async () => {
  const secure = secureAt(makeCertificate({ name: 'own' }))
  await expect(ask({ url: secure.replace('https', 'http') })).rejects.toMatchObject({
    hint: expect.stringContaining('begins with https://'),
  })
  const plain = serverAt({ host: '127.0.0.1', port: 0 })
  await expect(ask({ url: plain.replace('http', 'https') })).rejects.toMatchObject({
    hint: expect.stringContaining('Does it speak HTTPS?'),
  })
})

test('a unix socket, and one that nobody listens on', async () => {
  const path = join(folder, 'h.sock')
  expect(await ask({ url: serverAt({ path, mode: 0o600 }) })).toEqual({ path: 'http://localhost/x' })
  await expect(ask({ url: `unix:${join(folder, 'absent.sock')}` })).rejects.toThrow(
    'absent.sock: nothing listens there',
  )
})
