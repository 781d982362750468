import { afterEach, beforeEach, expect, test } from 'bun:test'
import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectSecure, type TLSSocket } from 'node:tls'
import { type MadeCertificate, makeCertificate } from '../test/fakes/make-certificate.ts'
import { createMemoryLog } from '../test/fakes/memory-log.ts'
import { sendRequest } from './cli/client/send-request.ts'
import { certificateOf, watchCertificate } from './compose-certificate.ts'
import { type Listeners, openListeners } from './compose-listeners.ts'
import { makeEnvironment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import { ListenError } from './platform/web-server.ts'

let folder = ''
const opened: Listeners[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-listen-'))
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((listeners) => listeners.closeNow()))
  rmSync(folder, { recursive: true, force: true })
})

const log = createMemoryLog()

interface Wish {
  readonly listen: readonly string[]
  readonly certificate?: { readonly cert: string; readonly key: string }
  readonly fetch?: (request: Request) => Response | Promise<Response>
}

async function start({ listen, certificate, fetch = () => new Response('here') }: Wish): Promise<Listeners> {
  const environment = makeEnvironment({ variables: {}, platform: 'linux', home: folder, currentFolder: folder })
  const files = certificate && { 'tls-cert': certificate.cert, 'tls-key': certificate.key }
  const { config, problems } = loadConfig({ flags: { listen: listen.join(','), ...files }, environment })
  expect(problems).toEqual([])
  const listeners = await openListeners({ config, environment, log, fetch })
  opened.push(listeners)
  return listeners
}

const { signal } = new AbortController()
async function textAt(url: string): Promise<string> {
  const socketPath = /^unix:(.*)/.exec(url)?.[1]
  const place = socketPath === undefined ? { url: new URL(url) } : { url: new URL('http://localhost'), socketPath }
  const answer = await sendRequest({ method: 'GET', headers: {}, signal, ...place })
  return (await Array.fromAsync(answer.pieces)).join('')
}

const portOf = (url: string | undefined) => Number(new URL(url ?? '').port)
const write = (cert: string, key: string, { cert: certText, key: keyText }: MadeCertificate) => {
  writeFileSync(cert, certText)
  writeFileSync(key, keyText)
}
/** A connection that looks at nobody's papers. */
async function connected(port: number): Promise<TLSSocket> {
  const socket = connectSecure({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
  socket.once('secureConnect', () => resolve(socket)).once('error', reject)
  return promise
}
async function nameServed(url: string | undefined): Promise<string> {
  const socket = await connected(portOf(url))
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

test('several addresses answer alike, and drain together', async () => {
  const path = join(folder, 'h.sock')
  const gate = Promise.withResolvers<void>()
  const fetch = async (request: Request) => {
    if (request.url.endsWith('/late')) await gate.promise
    return new Response(new URL(request.url).pathname)
  }
  const listeners = await start({ listen: ['127.0.0.1:0', `unix:${path}`], fetch })
  expect(listeners.urls).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), `unix:${path}`])
  expect(await Promise.all(listeners.urls.map(textAt))).toEqual(['/', '/'])
  const late = textAt(`${listeners.urls[0]}/late`)
  while (listeners.pending() === 0) await new Promise(setImmediate)
  const stopped = listeners.stop()
  for (const url of listeners.urls) await expect(textAt(url)).rejects.toThrow()
  gate.resolve()
  expect(await late).toBe('/late')
  await stopped
  expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined()
})

test('where one address cannot be had, none stays', async () => {
  const held = await start({ listen: ['127.0.0.1:0'] })
  const path = join(folder, 'h.sock')
  const taken = `127.0.0.1:${portOf(held.urls[0])}`
  await expect(start({ listen: [`unix:${path}`, taken] })).rejects.toThrow(
    `Port ${portOf(held.urls[0])} on 127.0.0.1 is in use. Choose another port with listen`,
  )
  expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined()
})

test('the file of a socket has the mode that it is given, whatever the umask', async () => {
  const before = process.umask(0o077)
  const paths = ['a', 'b'].map((name) => join(folder, `${name}.sock`))
  try {
    await start({ listen: [`unix:${paths[0]}`, `unix:${paths[1]}?mode=0606`] })
    expect(paths.map((path) => (lstatSync(path).mode & 0o777).toString(8))).toEqual(['660', '606'])
    expect(process.umask()).toBe(0o077)
  } finally {
    process.umask(before)
  }
})

test('a second server is kept from the socket of one that runs, and takes over what one has left', async () => {
  const path = join(folder, 'h.sock')
  const first = await start({ listen: [`unix:${path}`] })
  await expect(start({ listen: [`unix:${path}`] })).rejects.toThrow(`A server listens on ${path} already`)
  expect(await textAt(`unix:${path}`)).toBe('here')
  // What a process leaves that is killed: a file that nobody listens on any more.
  renameSync(path, `${path}.kept`)
  await first.closeNow()
  renameSync(`${path}.kept`, path)
  expect(lstatSync(path).isSocket()).toBe(true)
  await start({ listen: [`unix:${path}`] })
  expect(await textAt(`unix:${path}`)).toBe('here')
})

test('a file that is no socket is left alone, and a folder that is not there is told', async () => {
  const path = join(folder, 'notes.txt')
  writeFileSync(path, 'mine')
  await expect(start({ listen: [`unix:${path}`] })).rejects.toThrow('that is no socket')
  expect(lstatSync(path).size).toBe(4)
  await expect(start({ listen: [`unix:${join(folder, 'absent', 'h.sock')}`] })).rejects.toThrow('is not there. Make it')
})

test('a path of 107 bytes is taken', async () => {
  const path = join(folder, 'h'.repeat(107)).slice(0, 107)
  await start({ listen: [`unix:${path}`] })
  expect(await textAt(`unix:${path}`)).toBe('here')
})

/** A stream that goes on until it is told to end. */
function endless() {
  const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let write = (_: string) => {}
  const fetch = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          write = (text) => controller.enqueue(new TextEncoder().encode(text))
          begun.resolve()
          void end.promise.then(() => controller.close())
        },
      }),
    )
  return { fetch, begun: begun.promise, write: (text: string) => write(text), end: end.resolve }
}

test('a new certificate is seen by new connections, and a stream goes on over the change', async () => {
  const certificate = { cert: join(folder, 'c.pem'), key: join(folder, 'k.pem') }
  write(certificate.cert, certificate.key, makeCertificate({ name: 'first' }))
  const stream = endless()
  const listeners = await start({ listen: ['https://127.0.0.1:0'], certificate, fetch: stream.fetch })
  const [url] = listeners.urls
  const socket = await connected(portOf(url))
  let received = ''
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => received.includes(text) && resolve()
      socket.on('data', look).once('close', () => reject(new Error(`it ended with: ${received}`)))
      look()
    })
  socket.on('data', (bytes) => {
    received += bytes
  })
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await stream.begun
  stream.write('before')
  await until('before')

  write(certificate.cert, certificate.key, makeCertificate({ name: 'second' }))
  await log.waitFor(({ message }) => message === 'the certificate for HTTPS was renewed')
  expect(await nameServed(url)).toBe('second')
  expect(listeners.pending()).toBe(1)
  stream.write('after')
  await until('after')
  stream.end()
  await until('0\r\n\r\n')
  expect(socket.getPeerCertificate().subject.CN).toBe('first')
  socket.destroy()
})

test('files that are reached over a link, as Kubernetes and certbot have them, are read again when it leads elsewhere', async () => {
  for (const name of ['one', 'two']) {
    mkdirSync(join(folder, name))
    write(join(folder, name, 'c.pem'), join(folder, name, 'k.pem'), makeCertificate({ name }))
  }
  symlinkSync('one', join(folder, '..data'))
  for (const name of ['c.pem', 'k.pem']) symlinkSync(join('..data', name), join(folder, name))
  const certificate = { cert: join(folder, 'c.pem'), key: join(folder, 'k.pem') }
  const { urls } = await start({ listen: ['https://127.0.0.1:0'], certificate })
  expect(await nameServed(urls[0])).toBe('one')
  const { length } = log.lines
  symlinkSync('two', join(folder, '..new'))
  renameSync(join(folder, '..new'), join(folder, '..data'))
  await log.waitFor((line) => log.lines.indexOf(line) >= length && line.message.endsWith('was renewed'))
  expect(await nameServed(urls[0])).toBe('two')
})

test('a certificate that cannot be served changes nothing, and the log says why', async () => {
  const certificate = { cert: join(folder, 'c.pem'), key: join(folder, 'k.pem') }
  write(certificate.cert, certificate.key, makeCertificate({ name: 'good' }))
  const { urls } = await start({ listen: ['https://127.0.0.1:0'], certificate })
  writeFileSync(certificate.key, makeCertificate({ name: 'other' }).key)
  const told = await log.waitFor(({ level }) => level === 'warn')
  expect(told.message).toContain('stays as it was: The key in')
  expect(await nameServed(urls[0])).toBe('good')
})

test('what speaks HTTP to HTTPS is closed without a word, and older TLS is refused', async () => {
  const certificate = { cert: join(folder, 'c.pem'), key: join(folder, 'k.pem') }
  write(certificate.cert, certificate.key, makeCertificate({ name: 'own' }))
  const { urls } = await start({ listen: ['https://127.0.0.1:0'], certificate })
  const port = portOf(urls[0])
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('data', (bytes) => {
    received += bytes
  })
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await new Promise((resolve) => socket.once('close', resolve))
  expect(received).not.toContain('HTTP/')
  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
    const client = connectSecure({
      ...{ port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: version, maxVersion: version },
    })
    const outcome = await new Promise((resolve) => {
      client.once('secureConnect', () => resolve(client.getProtocol())).once('error', () => resolve('refused'))
    })
    client.destroy()
    expect(outcome).toBe(version < 'TLSv1.2' ? 'refused' : version)
  }
  expect(await nameServed(urls[0])).toBe('own')
})

test('a certificate with a fault keeps the server from starting', async () => {
  const certificate = { cert: join(folder, 'c.pem'), key: join(folder, 'k.pem') }
  await expect(start({ listen: ['https://127.0.0.1:0'], certificate })).rejects.toThrow('tls_cert:')
})

test('a server whose address is gone when its certificate changes is tried again until it listens', async () => {
  const files = { tls_cert: join(folder, 'c.pem'), tls_key: join(folder, 'k.pem') }
  write(files.tls_cert, files.tls_key, makeCertificate({ name: 'first' }))
  const certificate = await certificateOf(files, log)
  const [listens, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let calls = 0
  const deaf = {
    renewCertificate() {
      calls++
      if (calls < 5) throw new ListenError('Port 1 on h is in use.')
      listens.resolve()
    },
  }
  const servers = [deaf, { renewCertificate: () => other.resolve() }]
  const told = createMemoryLog()
  using _ = watchCertificate({ config: files, certificate, servers, log: told, patienceMilliseconds: 1 })
  write(files.tls_cert, files.tls_key, makeCertificate({ name: 'second' }))
  await Promise.all([listens.promise, other.promise])
  expect(calls).toBe(5)
  expect(told.lines.filter(({ level }) => level === 'error').map(({ message }) => message)[0]).toContain(
    'HTTPS is not listened for, which is tried again: Port 1 on h is in use.',
  )
})
