import { expect, test } from 'bun:test'
import { pinnedVersion, readBuildArguments, usage } from './build-arguments.ts'
import { targets } from './targets.ts'

const [own] = targets
const read = (...given: string[]) => readBuildArguments(given, own)
const namesOf = (...given: string[]) => {
  const found = read(...given)
  return found === 'help' ? found : found.targets.map(({ name }) => name)
}

test('builds for this machine at the pinned version when nothing is asked for', () => {
  expect(read()).toEqual({
    targets: [own as NonNullable<typeof own>],
    nativeVersion: pinnedVersion('node-llama-cpp'),
    folder: 'dist',
    archives: true,
  })
})

test('takes names with and without --target, in the order of the table, each once', () => {
  expect(namesOf('macos-x64', '--target', 'linux-x64', '--target=linux-arm64', 'macos-x64')).toEqual([
    'linux-x64',
    'linux-arm64',
    'macos-x64',
  ])
  expect(namesOf('all')).toEqual(targets.map(({ name }) => name))
  expect(namesOf('--target', 'all')).toHaveLength(targets.length)
})

test('refuses a name that it does not know, beside all as well, and says which there are', () => {
  for (const given of [['linux-arm'], ['all', 'linux-arm'], ['linux-x64', '--target', 'linux-arm']]) {
    expect(() => read(...given)).toThrow(/no target 'linux-arm'; there are linux-x64, .*windows-arm64, and all$/)
  }
  expect(() => readBuildArguments([], undefined)).toThrow(/no target for .*; there are linux-x64/)
})

test('takes an exact version only', () => {
  expect(read('--native', '3.21.1')).toMatchObject({ nativeVersion: '3.21.1' })
  for (const version of ['latest', '^3.21.1', '3.21', '', '../3.21.1', '3.21.1 --registry=x']) {
    expect(() => read('--native', version)).toThrow(`not '${version}'`)
  }
})

test('takes an address of releases that everybody may read', () => {
  expect(read('--releases', 'https://example.org/hearth/releases/')).toMatchObject({
    releasesUrl: 'https://example.org/hearth/releases',
  })
  expect(read('--releases', 'http://localhost:8000')).toMatchObject({ releasesUrl: 'http://localhost:8000' })
  const wrong = [
    'example.org',
    'ftp://example.org',
    'http://example.org/hearth',
    'https://example.org/?a',
    'file:///x',
    "https://example.org/a'b",
    'https://example.org/$(id)',
    `https://example.org/${'a'.repeat(300)}`,
  ]
  for (const url of wrong) expect(() => read('--releases', url)).toThrow(`'${url}'`)
})

test('refuses an address with a password, and does not repeat it', () => {
  expect(() => read('--releases', 'https://me:secret@example.org/')).toThrow(/without a name or password(?!.*secret)/)
})

test('refuses a flag that is given twice, of which one would be ignored', () => {
  for (const given of [
    ['--native', '3.21.1', '--native', '3.22.1'],
    ['--output', 'a', '--output=b'],
    ['--releases', 'https://a.org', '--releases', 'https://b.org'],
  ]) {
    expect(() => read(...given)).toThrow(`${given[0]} is given more than once`)
  }
})

test('refuses a flag that it does not know, and tells of all that it does', () => {
  expect(() => read('--targets', 'all')).toThrow('--targets')
  expect(read('--help')).toBe('help')
  for (const flag of ['--native', '--releases', '--output', '--no-archives', '--help']) expect(usage).toContain(flag)
  for (const { name } of targets) expect(usage).toContain(name)
})
