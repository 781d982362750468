import { expect, test } from 'bun:test'
import { startReleaseServer } from '../../../test/packaging/release-server.ts'
import { compareRelease } from './compare-release.ts'
import { describeUpdate } from './describe-update.ts'
import { fetchManifest } from './fetch-manifest.ts'
import { type Installation, installedBy } from './installed-by.ts'
import { releasesAddress } from './releases-address.ts'

const url = 'https://downloads.example.com/hearth'
const sum = 'a'.repeat(64)
const fileOf = (target: string, end = '.tar.xz') => ({
  target,
  archive: `hearth-2.0.0-${target}${end}`,
  bytes: 45_600_000,
  sha256: sum,
  executable: { name: 'hearth', bytes: 1, sha256: sum },
})
const release = {
  name: 'hearth',
  version: '2.0.0',
  files: [fileOf('linux-x64'), fileOf('linux-x64-cuda'), fileOf('macos-arm64'), fileOf('windows-x64', '.zip')],
} as const

function report(target: string, installation: Installation, isBuiltIn = true) {
  return describeUpdate({
    address: { url, isBuiltIn },
    comparison: compareRelease(release, { version: '1.0.0', target }),
    installation,
    version: '1.0.0',
    target,
    targets: release.files.map((file) => file.target),
  })
}

test('the commands are those of what installed it', () => {
  const plain = report('linux-x64-cuda', { by: 'file', path: '/home/ann/.local/bin/hearth', mayReplace: true })
  expect(plain.json.commands).toEqual([
    `curl -fsSL ${url}/latest/download/install.sh | sh -s -- --target linux-x64-cuda --dir /home/ann/.local/bin`,
  ])
  expect(plain.text).toContain(
    'Hearth 2.0.0 is newer than this one, 1.0.0 (hearth-2.0.0-linux-x64-cuda.tar.xz, 45.6 MB).',
  )
  expect(plain.json.archive).toEqual({
    name: 'hearth-2.0.0-linux-x64-cuda.tar.xz',
    url: `${url}/download/v2.0.0/hearth-2.0.0-linux-x64-cuda.tar.xz`,
    bytes: 45_600_000,
    sha256: sum,
  })
  const quoted = report('linux-x64', { by: 'file', path: "/home/ann's files/hearth", mayReplace: true }, false).json
    .commands
  expect(quoted[0]).toEndWith(`--dir '/home/ann'\\''s files' --releases ${url}`)
  const renamed = report('linux-x64', { by: 'file', path: '/srv/hearth-linux-x64', mayReplace: true }).json.commands
  expect(renamed).toEqual([
    `curl -fLO ${url}/download/v2.0.0/hearth-2.0.0-linux-x64.tar.xz`,
    `echo '${sum}  hearth-2.0.0-linux-x64.tar.xz' | sha256sum -c && tar -xJf hearth-2.0.0-linux-x64.tar.xz`,
    'mv hearth-2.0.0-linux-x64/hearth /srv/hearth-linux-x64',
  ])
  expect(
    report('windows-x64', { by: 'file', path: 'C:\\Tools\\hearth.exe', mayReplace: true }).json.commands[0],
  ).toContain("install.ps1'))) -Target windows-x64 -Dir 'C:\\Tools'")
  const mac = report('macos-arm64', { by: 'file', path: '/opt/hearth-macos-arm64', mayReplace: true }).json.commands
  expect(mac[1]).toContain('| shasum -a 256 -c && tar')
  const windows = { by: 'file', path: "C:\\Ann's\\hearth-windows-x64.exe", mayReplace: true } as const
  expect(report('windows-x64', windows).json.commands).toEqual([
    `curl.exe -fLO '${url}/download/v2.0.0/hearth-2.0.0-windows-x64.zip'`,
    `if ((Get-FileHash hearth-2.0.0-windows-x64.zip).Hash -eq '${sum}') { Expand-Archive hearth-2.0.0-windows-x64.zip . } else { throw 'wrong sum' }`,
    "Move-Item -Force hearth-2.0.0-windows-x64\\hearth.exe 'C:\\Ann''s\\hearth-windows-x64.exe'",
  ])
  const foreign = report('linux-x64', { by: 'file', path: '/usr/local/bin/hearth', mayReplace: false }).json.commands
  expect(foreign[0]).toContain('install.sh | sudo sh -s -- --target linux-x64 --dir /usr/local/bin')
  expect(report('macos-arm64', { by: 'homebrew' }).json.commands).toEqual(['brew update', 'brew upgrade hearth'])
  expect(report('linux-x64', { by: 'container' }).json.commands.at(-1)).toBe('docker compose up --detach --build')
  expect(report('linux-x64-cuda', { by: 'container' }).json.commands.at(-1)).toBe(
    'docker compose up --detach --build cuda',
  )
})

test('a newer version without a build for this target says which it has', () => {
  const { text, json } = report('linux-arm64', { by: 'file', path: '/usr/local/bin/hearth', mayReplace: true })
  expect(text).toContain(
    'It has no build for linux-arm64, only for linux-x64, linux-x64-cuda, macos-arm64, windows-x64',
  )
  expect(json).toMatchObject({ update_available: true, commands: [] })
})

test('who installed it is told by where it lies', () => {
  const facts = {
    isCompiled: true,
    executable: '/opt/homebrew/Cellar/hearth/1.0.0/bin/hearth',
    exists: () => false,
    mayReplace: true,
  }
  expect(installedBy(facts)).toEqual({ by: 'homebrew' })
  expect(installedBy({ ...facts, isCompiled: false })).toEqual({ by: 'source' })
  expect(installedBy({ ...facts, exists: (path) => path === '/etc/hearth-image' })).toEqual({ by: 'container' })
  expect(installedBy({ ...facts, executable: '/usr/bin/hearth' })).toEqual({
    by: 'file',
    path: '/usr/bin/hearth',
    mayReplace: true,
  })
})

test('the option goes before what was built in, and an empty one forbids it', () => {
  expect(releasesAddress({ option: undefined, builtIn: `${url}/` })).toEqual({ url, isBuiltIn: true })
  expect(releasesAddress({ option: `${url}//`, builtIn: undefined })).toEqual({ url, isBuiltIn: false })
  expect(releasesAddress({ option: 'http://[::1]:8000', builtIn: url })).toEqual({
    url: 'http://[::1]:8000',
    isBuiltIn: false,
  })
  expect(releasesAddress({ option: '', builtIn: url })).toHaveProperty('problem')
})

test('a server that never answers, or never ends its answer, is given up', async () => {
  await using server = await startReleaseServer()
  const call = {
    releasesUrl: server.url,
    variables: {},
    signal: new AbortController().signal,
    patienceMilliseconds: 50,
  }
  const path = '/latest/download/release.json'
  server.answers.set(path, () => {})
  await expect(fetchManifest(call)).rejects.toThrow(/no answer within|has not answered within/)
  server.answers.set(path, (response) => void response.write('{'))
  await expect(fetchManifest(call)).rejects.toThrow(/has not answered within|no byte for/)
  const stopped = AbortSignal.abort(new Error('enough'))
  await expect(fetchManifest({ ...call, signal: stopped })).rejects.toThrow('enough')
})
