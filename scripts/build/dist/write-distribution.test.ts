import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { version } from '../../../src/config/version.ts'
import type { ReleaseManifest } from '../../../src/core/release-manifest.ts'
import { run } from '../../../test/run.ts'
import { outputOf, targets } from '../targets.ts'
import { checksumsOf } from './checksums.ts'
import { DistributionError } from './distribution-error.ts'
import { writeTinyExecutable } from './tiny-executable.fixture.ts'
import { writeDistribution } from './write-distribution.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-dist-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface TestBuild {
  readonly archives?: boolean
  /** The version of the executable. */
  readonly of?: string
  readonly releasesUrl?: string
}

async function build(
  name: string,
  { archives = true, of = version, releasesUrl }: TestBuild = {},
): Promise<readonly string[]> {
  const target = targets.find((each) => each.name === name)
  if (!target) throw new Error(`There is no target ${name}.`)
  const output = join(folder, basename(outputOf(target)))
  const address = releasesUrl === undefined ? {} : { releasesUrl }
  await writeTinyExecutable(output, target, { version: of, ...address })
  const notes: string[] = []
  await writeDistribution([{ target, output }], { archives, ...address, onNote: (line) => notes.push(line) })
  return notes
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const listed = () =>
  read('SHA256SUMS')
    .split('\n')
    .flatMap((line) => line.slice(66) || [])
const release = () => JSON.parse(read('release.json')) as ReleaseManifest
const sumOf = (name: string) =>
  createHash('sha256')
    .update(readFileSync(join(folder, name)))
    .digest('hex')

test('an executable gets an archive, its papers, and rows in the lists', async () => {
  const notes = await build('linux-x64')
  const archive = `hearth-${version}-linux-x64.tar.xz`
  expect(notes).toEqual([expect.stringMatching(/^hearth-.*-linux-x64\.tar\.xz {2}0\.0 MB {2}\(\d+\.\d s\)$/)])
  expect(listed()).toEqual([`hearth-${version}-linux-x64.cdx.json`, archive, 'hearth-linux-x64'])
  expect(release()).toMatchObject({
    name: 'hearth',
    version,
    files: [
      {
        target: 'linux-x64',
        archive,
        sha256: sumOf(archive),
        executable: { name: 'hearth', sha256: sumOf('hearth-linux-x64') },
      },
    ],
  })
  expect(await run(['sha256sum', '--check', '--strict', 'SHA256SUMS'], { folder })).toMatchObject({ code: 0 })
  const names = (await run(['tar', '-tf', archive], { folder })).output.trim().split('\n')
  const papers = ['LICENSE', 'LICENSES.txt', 'README.md', 'hearth', `hearth-${version}-linux-x64.cdx.json`]
  expect(names).toEqual(papers.map((name) => `hearth-${version}-linux-x64/${name}`))
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
})

test('building one target later keeps the rows of the others, and drops those of files that are gone', async () => {
  await build('linux-x64')
  await build('windows-x64-cuda')
  expect(release().files.map(({ target }) => target)).toEqual(['linux-x64', 'windows-x64-cuda'])
  expect(release().files[1]?.archive).toBe(`hearth-${version}-windows-x64-cuda.zip`)
  expect(release().files[1]?.executable.name).toBe('hearth.exe')
  rmSync(join(folder, 'hearth-linux-x64'))
  rmSync(join(folder, `hearth-${version}-linux-x64.tar.xz`))
  rmSync(join(folder, `hearth-${version}-linux-x64.cdx.json`))
  await build('linux-arm64')
  expect(release().files.map(({ target }) => target)).toEqual(['linux-arm64', 'windows-x64-cuda'])
  expect(listed().filter((name) => name.includes('linux-x64'))).toEqual([])
})

test('an executable of another version has no row', async () => {
  await build('linux-arm64', { of: '0.0.1', archives: false })
  await build('linux-x64')
  expect(release().files.map(({ target }) => target)).toEqual(['linux-x64'])
  expect(listed()).not.toContain('hearth-linux-arm64')
})

test('without archives, those of an earlier executable go, and its new sum is listed', async () => {
  await build('linux-x64')
  writeFileSync(join(folder, 'hearth-linux-x64'), 'another')
  expect(await build('linux-x64', { archives: false })).toEqual([])
  expect(existsSync(join(folder, `hearth-${version}-linux-x64.tar.xz`))).toBe(false)
  expect(read('SHA256SUMS')).toBe(`${sumOf('hearth-linux-x64')}  hearth-linux-x64\n`)
  expect(release().files).toEqual([])
})

test('of an executable that is not whole no archive is made', async () => {
  await build('linux-x64', { archives: false })
  const [target] = targets
  if (!target) throw new Error('There is no target.')
  const output = join(folder, 'hearth-linux-x64')
  const content = readFileSync(output)
  content[content.length - 1] = 0
  writeFileSync(output, content)
  const refused = writeDistribution([{ target, output }], { archives: true })
  expect(refused).rejects.toThrow(DistributionError)
  expect(refused).rejects.toThrow('hearth-linux-x64 is not whole: bill-of-materials.cdx.json is damaged')
  await refused.catch(() => {})
})

test('an archive that cannot be made keeps none of the others from being made', async () => {
  const [good, bad] = [
    targets.find(({ name }) => name === 'linux-arm64'),
    targets.find(({ name }) => name === 'linux-x64'),
  ]
  if (!good || !bad) throw new Error('There are no such targets.')
  const outputs = [bad, good].map((target) => ({ target, output: join(folder, basename(outputOf(target))) }))
  for (const { target, output } of outputs) await writeTinyExecutable(output, target, { version })
  writeFileSync(join(folder, 'hearth-linux-x64'), 'no executable')
  const refused = writeDistribution(outputs, { archives: true, onNote: () => {} })
  expect(refused).rejects.toThrow('hearth-linux-x64 is not whole')
  await refused.catch(() => {})
  expect(release().files.map(({ target }) => target)).toEqual(['linux-arm64'])
})

test('building one again without an address takes it from none of the others, and says what is different', async () => {
  const releasesUrl = 'https://downloads.example.com/hearth'
  await build('linux-x64', { archives: false, releasesUrl })
  expect(await build('linux-arm64', { archives: false, releasesUrl })).toEqual([])
  expect(read('install.sh')).toContain(`default_releases='${releasesUrl}'`)
  expect(await build('linux-arm64', { archives: false })).toEqual([
    `install.sh has ${releasesUrl}, and these were built with another one: hearth-linux-arm64 (none); build them again with --releases ${releasesUrl}`,
  ])
  expect(read('install.sh')).toContain(`default_releases='${releasesUrl}'`)
  const [note] = await build('linux-arm64', { archives: false, releasesUrl: 'https://example.org' })
  expect(note).toContain(
    `install.sh has https://example.org, and these were built with another one: hearth-linux-x64 (${releasesUrl})`,
  )
})

test('two builds into one folder at the same time list everything in the end', async () => {
  const names = ['linux-x64', 'linux-arm64', 'windows-x64', 'windows-arm64']
  await Promise.all(names.map((name) => build(name)))
  expect(
    release()
      .files.map(({ target }) => target)
      .toSorted(),
  ).toEqual(names.toSorted())
  expect(await run(['sha256sum', '--check', '--strict', 'SHA256SUMS'], { folder })).toMatchObject({ code: 0 })
})

test('what another build puts there while the lists are written is in them', async () => {
  const [first, other] = ['linux-x64', 'windows-x64'].map((name) => targets.find((each) => each.name === name))
  if (!first || !other) throw new Error('There are no such targets.')
  const output = join(folder, basename(outputOf(other)))
  await writeTinyExecutable(output, other, { version })
  // Takes a while to be read.
  writeFileSync(join(folder, `hearth-${version}-macos-x64.tar.xz`), '')
  truncateSync(join(folder, `hearth-${version}-macos-x64.tar.xz`), 256 * 1024 * 1024)
  const written = writeDistribution([{ target: other, output }], { archives: false, onNote: () => {} })
  await writeTinyExecutable(join(folder, 'hearth-linux-x64'), first, { version })
  await written
  expect(listed()).toContain('hearth-linux-x64')
})

test('what a killed build has left is removed by a later one', async () => {
  const left = join(folder, '.new-archive-abcdef')
  mkdirSync(left)
  utimesSync(left, 12345, 12345)
  await build('linux-x64', { archives: false })
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
})

test('the list of sums is as old as the reading of the files, so that one that was replaced meanwhile is read again', async () => {
  await build('linux-x64', { archives: false })
  const [list, other] = ['SHA256SUMS', 'release.json'].map((name) => statSync(join(folder, name)).mtimeMs)
  // That one was written right before it, and both after the sums were computed.
  expect(list).toBeLessThan(other as number)
})

test('a checksum is taken from the list only where the file is as it was then', async () => {
  const names = ['a']
  writeFileSync(join(folder, 'a'), 'one')
  const first = await checksumsOf(folder, names)
  const list = join(folder, 'SHA256SUMS')
  writeFileSync(list, `${'0'.repeat(64)}  a\n`)
  const changed = statSync(join(folder, 'a')).ctimeMs / 1000
  utimesSync(list, changed, changed + 1)
  expect((await checksumsOf(folder, names)).get('a')).toBe('0'.repeat(64))
  utimesSync(list, changed, changed - 1)
  expect(await checksumsOf(folder, names)).toEqual(first)
})
