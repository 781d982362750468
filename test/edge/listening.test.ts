import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectSecure } from 'node:tls'
import { projectFolder } from '../../scripts/project-folder.ts'
import { sendRequest } from '../../src/cli/client/send-request.ts'
import { makeCertificate } from '../fakes/make-certificate.ts'
import { gatherOutput } from '../written-output.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-listening-'))
  mkdirSync(join(folder, 'models'))
  const { cert, key } = makeCertificate({ name: 'own' })
  writeFileSync(join(folder, 'c.pem'), cert)
  writeFileSync(join(folder, 'k.pem'), key)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const main = [process.execPath, join(projectFolder, 'src', 'main.ts')] as const
const variables = () => ({ PATH: process.env.PATH ?? '', HOME: folder, HEARTH_HOME: folder })
const quiet = () => ['--models-dir', join(folder, 'models'), '--auto-pull=false', '--preload=false']
const secure = () => ['--tls-cert', join(folder, 'c.pem'), '--tls-key', join(folder, 'k.pem')]

/** A program that runs, and all that it has written. */
function follow(command: readonly string[]) {
  const [program = '', ...parameters] = command
  const child: ChildProcess = spawn(program, parameters, { env: variables(), stdio: ['ignore', 'pipe', 'pipe'] })
  const written = gatherOutput()
  let log = ''
  const heard = new Set<() => void>()
  const hear = (bytes: Uint8Array) => {
    log += new TextDecoder().decode(bytes)
    written.append(bytes)
    for (const look of heard) look()
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  return {
    child,
    ended,
    log: () => log,
    says: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(log)
          if (match) resolve(match)
        }
        heard.add(look)
        look()
        void ended.then(() => reject(new Error(`it ended with: ${log}`)))
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

const signal = new AbortController().signal
async function health(place: { socketPath: string } | { port: number }): Promise<unknown> {
  const url = new URL('port' in place ? `http://127.0.0.1:${place.port}/health` : 'http://localhost/health')
  const answer = await sendRequest({ method: 'GET', url, headers: {}, signal, ...('port' in place ? {} : place) })
  return JSON.parse((await Array.fromAsync(answer.pieces)).join(''))
}
const isUp = { status: 'ok' }

const isLinux = process.platform === 'linux'
const hasPython = Bun.which('python3') !== null

test.skipIf(!isLinux || !hasPython)(
  'takes over every socket that is handed to it, one of them for HTTPS, and leaves them to who has opened them',
  async () => {
    const path = join(folder, 'handed.sock')
    const handing = ['web=tcp', `local=${path}`, 'https=tcp']
    const serving = [...main, 'serve', '--listen', 'systemd', ...secure(), ...quiet()]
    await using server = follow(['python3', join(import.meta.dir, 'hand-over.py'), ...handing, '--', ...serving])
    const [, plainPort, securePort] = await server.says(/listening (\d+) (\d+)/)
    // Whoever connects before it is up waits, and is answered.
    expect(await health({ port: Number(plainPort) })).toMatchObject(isUp)
    for (const place of [{ socketPath: path }, { port: Number(plainPort) }])
      for (let count = 0; count < 10; count++) expect(await health(place)).toMatchObject(isUp)
    const socket = connectSecure({ port: Number(securePort), host: '127.0.0.1', rejectUnauthorized: false })
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    expect(socket.getPeerCertificate().subject.CN).toBe('own')
    socket.destroy()
    await server.says(
      new RegExp(`Hearth is listening on http://127.0.0.1:${plainPort}\\s+and unix:${path}\\s+and https:`),
    )

    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(existsSync(path)).toBe(true)
  },
  60_000,
)

test.skipIf(Bun.which('systemd-socket-activate') === null)(
  "is started by systemd's own program with the first connection",
  async () => {
    const path = join(folder, 'activated.sock')
    const serving = [...main, 'serve', '--listen', 'systemd', ...quiet()]
    const environment = Object.entries(variables()).flatMap(([name, value]) => ['-E', `${name}=${value}`])
    await using server = follow(['systemd-socket-activate', '-l', path, ...environment, ...serving])
    await server.says(/Listening on/)
    expect(await health({ socketPath: path })).toMatchObject(isUp)
    await server.says(new RegExp(`Hearth is listening on unix:${path}`))
  },
  60_000,
)

test('without systemd it says so, and a script in between too', async () => {
  await using alone = follow([...main, 'serve', '--listen', 'systemd', ...quiet()])
  expect(await alone.ended).toBe(1)
  expect(alone.log()).toContain(isLinux ? 'LISTEN_FDS is not set' : 'Only Linux has systemd')
}, 60_000)

test.skipIf(!isLinux)(
  'commands find it at a unix socket and behind HTTPS, and it holds nothing open when it has gone',
  async () => {
    const path = join(folder, 'own.sock')
    const listen = ['--listen', `https://127.0.0.1:0,unix:${path}`, ...secure()]
    await using server = follow([...main, 'serve', ...listen, ...quiet()])
    const [, port] = await server.says(/Hearth is listening on https:\/\/127\.0\.0\.1:(\d+)\s+and unix:/)
    await using bySocket = follow([...main, 'health', '--url', `unix:${path}`])
    expect([await bySocket.ended, bySocket.log()]).toEqual([0, expect.stringContaining(`is up at unix:${path}.`)])
    await using unknown = follow([...main, 'health', '--url', `https://127.0.0.1:${port}`])
    expect([await unknown.ended, unknown.log()]).toEqual([1, expect.stringContaining('NODE_EXTRA_CA_CERTS')])
    // With the configuration of the server its certificate is known.
    writeFileSync(
      join(folder, 'own.yaml'),
      `listen: [ "https://127.0.0.1:${port}" ]\ntls_cert: c.pem\ntls_key: k.pem\n`,
    )
    await using known = follow([...main, 'health', '--config', join(folder, 'own.yaml')])
    expect([await known.ended, known.log()]).toEqual([0, expect.stringContaining(`is up at https://127.0.0.1:${port}`)])
    await using second = follow([...main, 'serve', '--listen', `unix:${path}`, ...quiet()])
    expect([await second.ended, second.log()]).toEqual([1, expect.stringContaining('already')])
    const sockets = readdirSync(`/proc/${server.child.pid}/fd`).filter((number) => {
      try {
        return readlinkSync(`/proc/${server.child.pid}/fd/${number}`).startsWith('socket:')
      } catch {
        return false
      }
    })
    expect(sockets.length).toBeGreaterThan(1)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(existsSync(path)).toBe(false)
  },
  60_000,
)
