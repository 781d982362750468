import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { run } from '../run.ts'
import { answering, findProgram, lacksTools, makeMachine, script, shells } from './install-script.fixture.ts'
import { addRelease, type ReleaseServer, startReleaseServer } from './release-server.ts'

let server: ReleaseServer

beforeAll(async () => {
  server = await startReleaseServer()
  await addRelease(server.folder, { version: '1.0.0', targets: ['linux-x64', 'linux-x64-cuda'] })
  await addRelease(server.folder, {
    version: '1.2.3',
    targets: ['linux-x64', 'linux-x64-cuda', 'linux-x64-vulkan', 'linux-arm64', 'macos-arm64', 'macos-x64'],
  })
})
afterAll(() => server?.[Symbol.asyncDispose]())

const asked = () => server.asked.splice(0)
const target = async (home: string) => (await run([join(home, '.local/bin/hearth'), 'target'])).standardOutput.trim()

describe.each(shells.map((shell) => [shell.join(' ').replace(/^.*\//, ''), shell] as const))('%s', (_, shell) => {
  test.skipIf(lacksTools)('installs the newest version, and leaves nothing else behind', async () => {
    using machine = makeMachine({ shell })
    asked()
    const { code, output } = await machine.install('--releases', `${server.url}/`)
    expect(output).toContain('Hearth 1.2.3 (linux-x64) is installed')
    expect([code, machine.installed()]).toEqual([0, ['hearth']])
    expect(statSync(join(machine.home, '.local/bin/hearth')).mode & 0o777).toBe(0o755)
    expect(await target(machine.home)).toBe('linux-x64')
    expect(asked()).toEqual(['/latest/download/SHA256SUMS', '/download/v1.2.3/hearth-1.2.3-linux-x64.tar.xz'])
    expect(readdirSync(machine.home)).toEqual(['.local'])
    const again = await machine.install('--releases', server.url, '--version', 'v1.0.0')
    expect(again.output).toContain('Hearth 1.0.0 (linux-x64) has taken the place')
    expect((await run([join(machine.home, '.local/bin/hearth'), 'version'])).standardOutput).toBe('1.0.0\n')
  })

  test.skipIf(lacksTools)('refuses what has another sum, and what was there stays', async () => {
    using machine = makeMachine({ shell })
    await machine.install('--releases', server.url, '--version=1.0.0')
    const path = '/download/v1.2.3/hearth-1.2.3-linux-x64.tar.xz'
    server.answers.set(path, (response) => void response.end('something else'))
    const { code, output } = await machine.install(`--releases=${server.url}`)
    server.answers.delete(path)
    expect(code).toBe(1)
    expect(output).toMatch(
      /is not what was published, and is not installed: its SHA-256 is [0-9a-f]{64}, and should be/,
    )
    expect(machine.installed()).toEqual(['hearth'])
    expect((await run([join(machine.home, '.local/bin/hearth'), 'version'])).standardOutput).toBe('1.0.0\n')
  })

  test.skipIf(lacksTools)('a script that was cut on its way does nothing', async () => {
    const text = readFileSync(script, 'utf8')
    const last = text.lastIndexOf('{ main')
    const lines = [...text.matchAll(/\n/g)].map(({ index }) => index).filter((at, line) => line % 23 === 0 && at < last)
    // In the last line at every letter but the last two: its closing brace, and the end of the line.
    const cuts = [...lines, ...Array.from({ length: text.length - 2 - last }, (_, letter) => last + letter)]
    expect(lines.length).toBeGreaterThan(10)
    using machine = makeMachine({ shell, variables: { HEARTH_RELEASES_URL: server.url } })
    asked()
    for (const cut of cuts) {
      await run([...shell, '-c', text.slice(0, cut)], { environment: machine.environment })
    }
    expect([asked(), readdirSync(machine.home)]).toEqual([[], []])
  })
})

test.skipIf(lacksTools)('where xz is missing, the plain executable is taken', async () => {
  using machine = makeMachine({ programs: { xz: undefined } })
  asked()
  expect((await machine.install('--releases', server.url)).code).toBe(0)
  expect(asked()).toEqual(['/latest/download/SHA256SUMS', '/download/v1.2.3/hearth-linux-x64'])
  expect(await target(machine.home)).toBe('linux-x64')
})

test.skipIf(lacksTools || !findProgram('wget'))('where curl is missing, wget does it', async () => {
  using machine = makeMachine({ programs: { curl: undefined, wget: `exec ${findProgram('wget')} "$@"` } })
  const { code, output } = await machine.install('--releases', server.url)
  expect(output).toContain('is installed')
  expect([code, machine.installed()]).toEqual([0, ['hearth']])
  const absent = await machine.install('--releases', server.url, '--version', '9.9.9')
  expect([absent.code, absent.output]).toEqual([
    1,
    expect.stringContaining('v9.9.9/SHA256SUMS could not be downloaded'),
  ])
})

test.skipIf(lacksTools || !findProgram('busybox'))('busybox alone is enough', async () => {
  const wget = `exec ${findProgram('busybox')} wget "$@"`
  const shell = [findProgram('busybox') ?? '', 'sh'] as const
  using machine = makeMachine({ isBusybox: true, shell, programs: { curl: undefined, wget } })
  const { code, output } = await machine.install('--releases', server.url)
  expect(output).toContain('is installed')
  expect([code, await target(machine.home)]).toEqual([0, 'linux-x64'])
})

test.skipIf(lacksTools)('sums are made with what is there, and nothing is installed unchecked', async () => {
  const openssl = findProgram('openssl')
  if (openssl) {
    using machine = makeMachine({ programs: { sha256sum: undefined, openssl: `exec ${openssl} "$@"` } })
    expect((await machine.install('--releases', server.url)).code).toBe(0)
  }
  const shasum = findProgram('shasum')
  if (shasum) {
    const programs = { sha256sum: undefined, shasum: `exec ${findProgram('perl')} ${shasum} "$@"` }
    using machine = makeMachine({ programs })
    expect((await machine.install('--releases', server.url)).code).toBe(0)
  }
  asked()
  using machine = makeMachine({ programs: { sha256sum: undefined } })
  const { code, output } = await machine.install('--releases', server.url)
  expect([code, output]).toEqual([1, expect.stringContaining('nothing can be checked')])
  expect(asked()).toEqual([])
})

test.skipIf(lacksTools)(
  'musl and an old glibc are refused in one line that says what is needed and what to use instead',
  async () => {
    const old = [
      { getconf: answering({ LONG_BIT: '64', GNU_LIBC_VERSION: 'glibc 2.31' }) },
      { getconf: undefined, ldd: 'echo "ldd (Debian GLIBC 2.31-13+deb11u11) 2.31"; echo "Copyright (C) 2020 …"' },
      { getconf: 'exit 1', ldd: 'echo "ldd (GNU libc) 2.28"' },
      { getconf: 'exit 1', ldd: 'echo "musl libc (x86_64)" >&2; echo "Version 1.2.4" >&2; exit 1' },
    ]
    asked()
    for (const programs of old) {
      using machine = makeMachine({ programs })
      const { code, output } = await machine.install('--releases', server.url)
      expect(output).toMatch(
        /^install\.sh: Hearth needs glibc 2\.34 or newer, and this system has (2\.31|2\.28|musl): use Hearth in a container .*, Ubuntu 22\.04, .*\n$/,
      )
      expect([code, machine.installed()]).toEqual([1, []])
    }
    expect(asked()).toEqual([])
    for (const version of ['2.34', '2.41', '3.0']) {
      using machine = makeMachine({ programs: { getconf: 'exit 1', ldd: `echo "ldd (GNU libc) ${version}"` } })
      expect((await machine.install('--releases', server.url)).code).toBe(0)
    }
    using unknown = makeMachine({ programs: { getconf: undefined } })
    const { code, output } = await unknown.install('--releases', server.url)
    expect([code, output]).toEqual([0, expect.stringContaining('cannot be told')])
  },
)

const nvidia = { 'nvidia-smi': 'echo "GPU 0: NVIDIA H200"' }

test.skipIf(lacksTools)(
  'where an NVIDIA driver is, the build with CUDA is taken, unless it is told otherwise or there is none',
  async () => {
    const cases: [string[], Record<string, string>, string][] = [
      [[], nvidia, 'linux-x64-cuda'],
      [['--cpu'], nvidia, 'linux-x64'],
      [['--vulkan'], nvidia, 'linux-x64-vulkan'],
      [['--target', 'linux-x64'], nvidia, 'linux-x64'],
      [['--cuda'], {}, 'linux-x64-cuda'],
      [[], { 'nvidia-smi': 'exit 9' }, 'linux-x64'],
      [[], { ...nvidia, uname: answering({ '-s': 'Linux', '-m': 'aarch64' }) }, 'linux-arm64'],
    ]
    for (const [parameters, programs, expected] of cases) {
      using machine = makeMachine({ programs })
      const { output } = await machine.install('--releases', server.url, ...parameters)
      expect(output).toContain(`Hearth 1.2.3 (${expected}) is installed`)
      expect(await target(machine.home)).toBe(expected)
    }
    await using other = await startReleaseServer()
    await addRelease(other.folder, { version: '2.0.0', targets: ['linux-x64'] })
    using machine = makeMachine({ programs: nvidia })
    const { output } = await machine.install('--releases', other.url)
    expect(output).toContain('Hearth 2.0.0 has no build with CUDA; this takes the one for processors.')
    const wanted = await machine.install('--releases', other.url, '--cuda')
    expect([wanted.code, wanted.output]).toEqual([
      1,
      expect.stringContaining('has no build linux-x64-cuda; it has: linux-x64\n'),
    ])
  },
)

test.skipIf(lacksTools)('a Mac with an ARM processor gets its own build also under Rosetta', async () => {
  const mac = { getconf: undefined, uname: answering({ '-s': 'Darwin', '-m': 'x86_64' }) }
  for (const [sysctl, expected] of [
    ['echo 1', 'macos-arm64'],
    ['exit 1', 'macos-x64'],
  ] as const) {
    using machine = makeMachine({ programs: { ...mac, sysctl } })
    const { code } = await machine.install('--releases', server.url)
    expect([code, await target(machine.home)]).toEqual([0, expected])
  }
})

test.skipIf(lacksTools)('what has no build is told', async () => {
  const machines: [string, string, string][] = [
    ['Linux', 'riscv64', 'processors of the kind riscv64'],
    ['FreeBSD', 'amd64', 'there is no build for FreeBSD'],
    ['MINGW64_NT-10.0', 'x86_64', 'install.ps1'],
  ]
  for (const [system, processor, text] of machines) {
    using machine = makeMachine({ programs: { uname: answering({ '-s': system, '-m': processor }) } })
    expect(await machine.install('--releases', server.url)).toMatchObject({
      code: 1,
      output: expect.stringContaining(text),
    })
  }
  using narrow = makeMachine({ programs: { getconf: answering({ LONG_BIT: '32', GNU_LIBC_VERSION: 'glibc 2.36' }) } })
  expect((await narrow.install('--releases', server.url)).output).toContain('32 bits only')
})

test.skipIf(lacksTools)('an address that is not safe, or no address, is refused before anything is asked', async () => {
  using machine = makeMachine()
  const wrong = [
    'http://downloads.example.com/hearth',
    'http://127.0.0.1.example.com/hearth',
    'http://localhost@example.com/hearth',
    'https://name:password@example.com',
    'ftp://127.0.0.1/',
    'https://',
    'downloads.example.com',
    'https://example.com/$(touch x)',
    'https://example.com/a b',
  ]
  for (const address of wrong) {
    const { code, output } = await machine.install('--releases', address)
    expect([address, code, output]).toEqual([
      address,
      2,
      expect.stringMatching(/^install\.sh: .*; --help says what can be\n$/),
    ])
  }
  const none = await machine.install()
  expect([none.code, none.output]).toEqual([
    2,
    expect.stringContaining('give --releases URL, or set HEARTH_RELEASES_URL'),
  ])
  for (const parameters of [
    ['--verison', '1'],
    ['--version'],
    ['--version='],
    ['--version', '../x'],
    ['--cpu=1'],
    ['--cpu', '--cuda'],
    ['--target', '../x'],
    ['x'],
  ]) {
    expect((await machine.install(...parameters)).code, parameters.join(' ')).toBe(2)
  }
  expect(readdirSync(machine.home)).toEqual([])
})

test.skipIf(lacksTools)('an executable that does not run here takes no place', async () => {
  await using other = await startReleaseServer()
  await addRelease(other.folder, {
    version: '2.0.0',
    targets: ['linux-x64'],
    executable: () => '#!/bin/sh\necho "libfoo.so is missing" >&2\nexit 127\n',
  })
  using machine = makeMachine()
  await machine.install('--releases', server.url)
  const { code, output } = await machine.install('--releases', other.url)
  expect([code, output]).toEqual([1, expect.stringContaining('libfoo.so is missing')])
  expect([machine.installed(), await target(machine.home)]).toEqual([['hearth'], 'linux-x64'])
})

test.skipIf(lacksTools)('Ctrl+C in the middle of a download leaves nothing behind', async () => {
  using machine = makeMachine({ variables: { HEARTH_RELEASES_URL: server.url } })
  const path = '/download/v1.2.3/hearth-1.2.3-linux-x64.tar.xz'
  const { promise: begun, resolve } = Promise.withResolvers<void>()
  server.answers.set(path, (response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('x')
    resolve()
  })
  const [[program = 'sh', ...rest] = ['sh']] = shells
  const child = spawn(program, [...rest, script], { env: machine.environment, stdio: 'ignore', detached: true })
  const ended = new Promise<unknown>((done) => child.once('close', (code, signal) => done(code ?? signal)))
  await begun
  expect(machine.installed()).toHaveLength(1)
  process.kill(-(child.pid ?? 0), 'SIGINT')
  expect([130, 'SIGINT']).toContain((await ended) as string)
  server.answers.delete(path)
  expect(machine.installed()).toEqual([])
})

test.skipIf(lacksTools)('it says how to get the folder into PATH, and who comes first in it', async () => {
  for (const [shell, text] of [
    ['/usr/bin/fish', 'fish_add_path'],
    ['/bin/zsh', '~/.zshrc'],
    ['/bin/bash', '~/.bashrc'],
  ] as const) {
    using machine = makeMachine({ variables: { SHELL: shell } })
    expect((await machine.install('--releases', server.url)).output).toContain(text)
  }
  using machine = makeMachine({ programs: { hearth: 'exit 0' } })
  const folder = join(machine.home, 'bin dir')
  const variables = { ...machine.environment, PATH: `${machine.environment.PATH}:${folder}` }
  const command = [...(shells[0] ?? ['sh']), script, '--releases', server.url, '--dir', `${folder}//`] as [
    string,
    ...string[],
  ]
  const { output } = await run(command, { environment: variables })
  expect(output).toContain('Another one comes first in PATH: ')
  expect(output).not.toContain('is not in PATH')
  expect(readdirSync(folder)).toEqual(['hearth'])
})

test.skipIf(lacksTools)(
  'a folder that cannot be written, a folder of that name, and what Homebrew has put there are left alone',
  async () => {
    using machine = makeMachine()
    expect(await machine.install('--releases', server.url, '--dir', '/proc/hearth')).toMatchObject({
      code: 1,
      output: expect.stringContaining('choose another one with --dir'),
    })
    const bin = join(machine.home, '.local', 'bin')
    mkdirSync(join(bin, 'hearth'), { recursive: true })
    expect((await machine.install('--releases', server.url)).output).toContain('is a folder')
    const brewed = join(machine.home, 'brewed')
    mkdirSync(join(machine.home, 'Cellar', 'hearth'), { recursive: true })
    mkdirSync(brewed)
    writeFileSync(join(machine.home, 'Cellar/hearth/hearth'), '')
    symlinkSync('../Cellar/hearth/hearth', join(brewed, 'hearth'))
    for (const [parameter, text] of [
      ['--dir', 'brew upgrade'],
      ['--uninstall', 'brew uninstall'],
    ] as const) {
      const { code, output } = await machine.install(
        '--releases',
        server.url,
        '--dir',
        brewed,
        ...(parameter === '--dir' ? [] : [parameter]),
      )
      expect([code, output]).toEqual([1, expect.stringContaining(text)])
    }
  },
)

test.skipIf(lacksTools)('--uninstall removes the executable and says where the rest is', async () => {
  using machine = makeMachine()
  await machine.install('--releases', server.url)
  const data = join(machine.home, '.local/share/hearth')
  mkdirSync(data, { recursive: true })
  const units = join(machine.home, '.config/systemd/user')
  mkdirSync(units, { recursive: true })
  writeFileSync(join(units, 'hearth.service'), `ExecStart=${machine.home}/.local/bin/hearth serve\n`)
  const served = await machine.install('--uninstall')
  expect([served.code, machine.installed()]).toEqual([1, ['hearth']])
  expect(served.output).toContain(`type first ${machine.home}/.local/bin/hearth service uninstall`)
  writeFileSync(join(units, 'hearth.service'), 'ExecStart=/usr/bin/hearth serve\n')
  const { code, output } = await machine.install('--uninstall')
  expect([code, machine.installed()]).toEqual([0, []])
  expect(output).toContain(data)
  expect(existsSync(data)).toBe(true)
  expect((await machine.install('--uninstall')).code).toBe(1)
})

test.skipIf(!findProgram('shellcheck'))('shellcheck finds nothing', async () => {
  expect(await run(['shellcheck', script])).toMatchObject({ code: 0, output: '' })
})
