import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '../../test/fakes/make-certificate.ts'
import { CertificateError, readCertificate } from './certificate.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-certificate-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const now = new Date()
const [certPath, keyPath] = ['c.pem', 'k.pem'].map((name) => () => join(folder, name))
const read = (cert: string, key: string) => {
  const files = { certPath: certPath?.() ?? '', keyPath: keyPath?.() ?? '' }
  writeFileSync(files.certPath, cert)
  writeFileSync(files.keyPath, key)
  return readCertificate(files, now)
}
const refusal = (cert: string, key: string) => read(cert, key).then(String, (error: Error) => error)

const root = makeCertificate({ name: 'root', isAuthority: true })
const middle = makeCertificate({ name: 'middle', isAuthority: true, issuer: root })
const leaf = makeCertificate({ name: 'leaf', issuer: middle, hosts: ['hearth.example.com', '10.0.0.1'] })
const other = makeCertificate({ name: 'other' })

test('a chain in its order says what it is for, and until when', async () => {
  const found = await read(leaf.cert + middle.cert + root.cert, leaf.key)
  expect(found).toMatchObject({ names: 'DNS:hearth.example.com, IP Address:10.0.0.1', doubt: undefined })
  expect(found.validTo.getTime()).toBeGreaterThan(now.getTime())
  expect((await read(`a comment\n${other.cert}`, `and here\n${other.key}`)).names).toContain('localhost')
})

test('a key in the older form is taken, and an encrypted one is told how to be opened', async () => {
  const key = createPrivateKey(other.key)
  expect(await read(other.cert, key.export({ type: 'sec1', format: 'pem' }).toString())).toBeDefined()
  const sealed = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
  expect(String(await refusal(other.cert, sealed))).toContain('is encrypted')
  expect(String(await refusal(other.cert, sealed))).toContain('openssl pkey -in')
})

test.each([
  ['the key of another', other.cert, leaf.key, 'does not belong to'],
  ['the wrong order', middle.cert + leaf.cert, leaf.key, 'which is number 2, has to be the first'],
  ['files the wrong way round', other.key, other.cert, 'the wrong way round'],
  ['no certificate', 'nothing', other.key, 'holds no certificate in PEM form'],
  ['no key', other.cert, 'nothing', 'holds no private key in PEM form'],
  ['half a certificate', other.cert.replace(/^M.*$/m, ''), other.key, 'Certificate 1 in'],
  ['half a key', other.cert, other.key.replace(/^M.*$/m, ''), 'is broken'],
])('%s is refused', async (_, cert, key, message) => {
  const error = await refusal(cert, key)
  expect(error).toBeInstanceOf(CertificateError)
  expect(String(error)).toContain(message)
})

test('what has expired, and what is not valid yet, say since and from when', async () => {
  const at = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60 * 1000)
  const old = makeCertificate({ name: 'old', from: at(-9), to: at(-2) })
  const early = makeCertificate({ name: 'early', from: at(3), to: at(9) })
  expect(String(await refusal(old.cert, old.key))).toContain(
    `expired on ${at(-2).toISOString().slice(0, 10)}. Renew it.`,
  )
  expect(String(await refusal(early.cert, early.key))).toContain(`not valid before ${at(3).toISOString().slice(0, 10)}`)
})

test('a chain with a gap is served, with a doubt', async () => {
  expect((await read(leaf.cert + root.cert, leaf.key)).doubt).toContain('certificate 2 in')
})

test('files that cannot be read are told by their option', async () => {
  const absent = readCertificate({ certPath: join(folder, 'absent.pem'), keyPath: folder }, now)
  await expect(absent).rejects.toThrow(/tls_cert: .*absent\.pem cannot be read: there is no such file/)
})
