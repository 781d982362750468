import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { run } from '../run.ts'
import { findProgram, lacksTools, makeMachine, script, shells } from './install-script.fixture.ts'
import { addRelease, type ReleaseServer, startReleaseServer, sumOf } from './release-server.ts'

let server: ReleaseServer
let sums = ''

beforeAll(async () => {
  server = await startReleaseServer()
  await addRelease(server.folder, { version: '1.2.3', targets: ['linux-x64'] })
  sums = readFileSync(join(server.folder, 'latest/download/SHA256SUMS'), 'utf8')
})
afterAll(() => server?.[Symbol.asyncDispose]())
afterEach(() => server.answers.clear())

const latest = '/latest/download/SHA256SUMS'
/** Proxies that nobody listens at. */
const deadProxy = {
  http_proxy: 'http://127.0.0.1:1',
  https_proxy: 'http://127.0.0.1:1',
  ALL_PROXY: 'http://127.0.0.1:1',
}

describe.each(shells.map((shell) => [shell.join(' ').replace(/^.*\//, ''), shell] as const))('%s', (_, shell) => {
  test.skipIf(lacksTools)(
    'a list of sums is taken with ends of lines as Windows has them, and without the last one',
    async () => {
      for (const list of [sums.replaceAll('\n', '\r\n'), sums.trimEnd(), sums.replaceAll('  ', ' *')]) {
        using machine = makeMachine({ shell })
        server.answers.set(latest, (response) => void response.end(list))
        const { code, output } = await machine.install('--releases', server.url)
        expect([code, machine.installed()], output).toEqual([0, ['hearth']])
      }
    },
  )

  test.skipIf(lacksTools)('what is no list of sums, or one that nobody can go by, is refused', async () => {
    const [first = ''] = sums.split('\n')
    const wrong: [string, string][] = [
      ['<!doctype html>\n<title>Log in</title>\n', 'is no list of SHA-256 sums'],
      ['', 'is no list of SHA-256 sums'],
      [`${sums}${'a'.repeat(64)}  ../../.bashrc\n`, 'is no list of SHA-256 sums'],
      [`${sums}${'a'.repeat(64)}  x\u001b[2J\n`, 'is no list of SHA-256 sums'],
      [`${sums}${first.replace(/^./, (letter) => (letter === 'a' ? 'b' : 'a'))}\n`, 'has two sums for release.json'],
      [`${'a'.repeat(64)}  other-1.0.0.tar.xz\n`, 'does not list a release of Hearth'],
    ]
    using machine = makeMachine({ shell })
    for (const [list, text] of wrong) {
      server.answers.set(latest, (response) => void response.end(list))
      const { code, output } = await machine.install('--releases', server.url)
      expect([list, code, output]).toEqual([list, 1, expect.stringContaining(text)])
      expect(output).not.toContain('\u001b')
    }
    server.answers.set('/download/v1.0.0/SHA256SUMS', (response) => void response.end(sums))
    const { code, output } = await machine.install('--releases', server.url, '--version', '1.0.0')
    expect([code, output]).toEqual([1, expect.stringContaining('does not list Hearth 1.0.0')])
    expect(machine.installed()).toEqual([])
  })

  test.skipIf(lacksTools)(
    'a home with spaces, quotes and wildcards, a strict mask and a dead proxy do no harm',
    async () => {
      using machine = makeMachine({ shell, variables: { ...deadProxy, SHELL: '/bin/zsh' } })
      const home = join(machine.home, "Ann's $HOME * [x]")
      mkdirSync(home)
      const noclobber = shell[0].endsWith('/bash') ? { SHELLOPTS: 'noclobber:noglob' } : {}
      const environment = { ...machine.environment, ...noclobber, HOME: home }
      const [program, ...rest] = shell
      const command = 'umask 077; cat "$1" | { shift; "$@"; }'
      const piped = ['-c', command, 'sh', script, program, ...rest, '-s', '--', '--releases', server.url]
      const { code, output } = await run([shells[0]?.[0] ?? 'sh', ...piped], { environment })
      expect([code, output]).toEqual([0, expect.stringContaining('is installed')])
      expect(output).toContain('its name has a letter that means something else there')
      const installed = join(home, '.local/bin/hearth')
      expect(statSync(installed).mode & 0o777).toBe(0o755)
      expect((await run([installed, 'version'])).standardOutput).toBe('1.2.3\n')
    },
  )
})

test.skipIf(lacksTools)('a server that leads on to the version’s own folder is followed', async () => {
  const wget = findProgram('wget')
  for (const programs of [{}, ...(wget ? [{ curl: undefined, wget: `exec ${wget} "$@"` }] : [])]) {
    using machine = makeMachine({ programs, variables: deadProxy })
    server.answers.set(
      latest,
      (response) => void response.writeHead(302, { location: '/download/v1.2.3/SHA256SUMS' }).end(),
    )
    const { code, output } = await machine.install('--releases', server.url)
    server.answers.delete(latest)
    expect([code, machine.installed()], output).toEqual([0, ['hearth']])
  }
})

test.skipIf(lacksTools || !findProgram('openssl'))('curl is not led from https to http', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-tls-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=hearth.test', '-addext', 'subjectAltName=IP:127.0.0.1']
    const command = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject]
    await run(['openssl', ...command, '-keyout', key, '-out', cert])
    const secure = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) =>
      response.writeHead(302, { location: `${server.url}${request.url}` }).end(),
    )
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
    server.asked.splice(0)
    using machine = makeMachine({ variables: { CURL_CA_BUNDLE: cert } })
    const address = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`
    const { code, output } = await machine.install('--releases', address)
    secure.closeAllConnections()
    await new Promise((resolve) => secure.close(resolve))
    expect([code, output]).toEqual([1, expect.stringContaining('could not be downloaded')])
    expect(output).toContain('rotocol')
    expect([server.asked, machine.installed()]).toEqual([[], []])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.skipIf(lacksTools)(
  'the wget of busybox, which does not look at certificates, fetches nothing over https',
  async () => {
    const wget = 'case "$1" in --help) echo "BusyBox v1.35.0 multi-call binary." >&2 ;; *) echo fetched ;; esac'
    using machine = makeMachine({ programs: { curl: undefined, wget } })
    const { code, output } = await machine.install('--releases', 'https://downloads.example.com/hearth')
    expect([code, output]).toEqual([1, expect.stringContaining('install curl or GNU wget')])
    expect(output).not.toContain('fetched')
  },
)

test.skipIf(lacksTools)('an executable of another version takes no place, and that is what is said', async () => {
  await using other = await startReleaseServer()
  const executable = () => '#!/bin/sh\necho 1.9.9\n'
  await addRelease(other.folder, { version: '2.0.0', targets: ['linux-x64'], executable })
  using machine = makeMachine()
  const { code, output } = await machine.install('--releases', other.url)
  expect([code, output]).toEqual([1, expect.stringContaining('published as Hearth 2.0.0 is Hearth 1.9.9')])
  expect(machine.installed()).toEqual([])
})

test.skipIf(lacksTools || process.getuid?.() !== 0)(
  'what root installs is root’s, whoever made the archive',
  async () => {
    await using other = await startReleaseServer()
    await addRelease(other.folder, { version: '2.0.0', targets: ['linux-x64'] })
    const [place, name] = [join(other.folder, 'download/v2.0.0'), 'hearth-2.0.0-linux-x64']
    const archive = join(place, `${name}.tar.xz`)
    await run(['tar', '-C', place, '-xf', archive])
    await run(['tar', '-C', place, '--owner=12345', '--group=12345', '-cJf', archive, name])
    const list = `${sumOf(readFileSync(archive))}  ${name}.tar.xz\n`
    writeFileSync(join(other.folder, latest), list)
    using machine = makeMachine()
    const { code, output } = await machine.install('--releases', other.url)
    expect(code, output).toBe(0)
    const { uid, gid } = statSync(join(machine.home, '.local/bin/hearth'))
    expect([uid, gid]).toEqual([0, 0])
  },
)

test.skipIf(lacksTools)(
  'a folder that is a link is followed, and a tilde that the shell left is the home',
  async () => {
    using machine = makeMachine()
    mkdirSync(join(machine.home, 'real'))
    symlinkSync('real', join(machine.home, 'bin'))
    const { code, output } = await machine.install('--releases', server.url, '--dir=~/bin')
    expect([code, output]).toEqual([0, expect.stringContaining(`is installed: ${machine.home}/bin/hearth`)])
    expect(statSync(join(machine.home, 'real/hearth')).isFile()).toBe(true)
    const none = await makeAndInstall({ HOME: '' }, '--dir=~/bin')
    expect(none).toMatchObject({ code: 1, output: expect.stringContaining('HOME is not set') })
  },
)

async function makeAndInstall(variables: Readonly<Record<string, string>>, ...parameters: string[]) {
  using machine = makeMachine({ variables })
  return await machine.install('--releases', server.url, ...parameters)
}
