import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../../test/packaging/install-script.fixture.ts'
import { run } from '../../../test/run.ts'
import { writePackaging } from './write-packaging.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearth-packaging-'))
afterAll(() => rmSync(folder, { recursive: true }))

const releasesUrl = 'https://downloads.example.com/hearth'
const fileOf = (target: string, letter: string) => ({
  target,
  archive: `hearth-1.2.3-${target}.tar.xz`,
  bytes: 1,
  sha256: letter.repeat(64),
  executable: { name: 'hearth', bytes: 1, sha256: letter.repeat(64) },
})
const release = {
  name: 'hearth',
  version: '1.2.3',
  files: [
    fileOf('linux-x64', 'a'),
    fileOf('linux-x64-cuda', 'b'),
    fileOf('linux-arm64', 'c'),
    fileOf('macos-arm64', 'd'),
  ],
} as const
const read = (name: string) => readFileSync(join(folder, name), 'utf8')

test('with an address, the scripts know it and the formula has a sum for every file of Homebrew’s machines', async () => {
  expect(writePackaging(release, { releasesUrl: `${releasesUrl}/`, folder })).toEqual([
    'install.sh',
    'install.ps1',
    'hearth.rb',
  ])
  expect(read('install.sh')).toContain(`\ndefault_releases='${releasesUrl}'\n`)
  expect(read('install.ps1')).toContain(`$defaultReleases = '${releasesUrl}'\n`)
  expect(statSync(join(folder, 'install.sh')).mode & 0o111).toBe(0o111)
  // Windows PowerShell takes what comes without a charset for Latin-1.
  expect(read('install.ps1')).toMatch(/^[\n -~]+$/)
  const formula = read('hearth.rb')
  expect(formula).not.toContain('@')
  expect(formula).toContain(`  on_macos do
    on_arm do
      url "${releasesUrl}/download/v1.2.3/hearth-1.2.3-macos-arm64.tar.xz"
      sha256 "${'d'.repeat(64)}"
    end
  end

  on_linux do
    on_arm do
      url "${releasesUrl}/download/v1.2.3/hearth-1.2.3-linux-arm64.tar.xz"
      sha256 "${'c'.repeat(64)}"
    end
    on_intel do
      url "${releasesUrl}/download/v1.2.3/hearth-1.2.3-linux-x64.tar.xz"
      sha256 "${'a'.repeat(64)}"
    end
  end
`)
  if (findProgram('ruby')) expect(await run(['ruby', '-wc', join(folder, 'hearth.rb')])).toMatchObject({ code: 0 })
  if (findProgram('sh'))
    expect(await run(['sh', '-n', join(folder, 'install.sh')])).toMatchObject({ code: 0, output: '' })
})

test('without an address there is no formula, and the scripts ask for one', () => {
  const empty = mkdtempSync(join(folder, 'empty-'))
  expect(writePackaging(release, { folder: empty })).toEqual(['install.sh', 'install.ps1'])
  expect(readdirSync(empty).sort()).toEqual(['install.ps1', 'install.sh'])
  expect(readFileSync(join(empty, 'install.sh'), 'utf8')).toContain("\ndefault_releases=''\n")
  writePackaging(release, { releasesUrl, folder: empty })
  expect(readdirSync(empty)).toContain('hearth.rb')
  const windows = { ...release, files: [fileOf('windows-x64', 'e')] }
  expect(writePackaging(windows, { releasesUrl, folder: empty })).not.toContain('hearth.rb')
  expect(readdirSync(empty)).not.toContain('hearth.rb')
})

test('an address that could end a quotation is refused', () => {
  for (const address of [
    "https://example.com/'; rm -rf ~; '",
    'https://example.com/"',
    'https://example.com/#{x}',
    'javascript:x',
  ])
    expect(() => writePackaging(release, { releasesUrl: address, folder })).toThrow('cannot stand in scripts')
})
