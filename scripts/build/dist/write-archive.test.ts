import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBufferPromise } from 'yauzl'
import { run } from '../../../test/run.ts'
import { archiveTime } from './archive-time.ts'
import { DistributionError } from './distribution-error.ts'
import { writeArchive } from './write-archive.ts'

let place: string
let folder: string

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'hearth-archive-'))
  folder = join(place, 'hearth-1.2.3-here')
  mkdirSync(folder)
  writeFileSync(join(folder, 'hearth'), 'a program'.repeat(1000))
  writeFileSync(join(folder, 'README.md'), 'read me')
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const order = (name: string) => ({ folder, output: join(place, name), program: 'hearth' })

test('a tar archive unpacks to one folder, with a program that can be run', async () => {
  await writeArchive(order('a.tar.xz'))
  const target = join(place, 'unpacked')
  mkdirSync(target)
  expect(await run(['tar', '-xf', join(place, 'a.tar.xz'), '-C', target])).toMatchObject({ code: 0, output: '' })
  const unpacked = join(target, 'hearth-1.2.3-here')
  expect(readdirSync(unpacked).sort()).toEqual(['README.md', 'hearth'])
  expect(readFileSync(join(unpacked, 'hearth'), 'utf8')).toBe('a program'.repeat(1000))
  expect(statSync(join(unpacked, 'hearth')).mode & 0o777).toBe(0o755)
  expect(statSync(join(unpacked, 'README.md')).mode & 0o777).toBe(0o644)
})

test.each(['tar.xz', 'zip'])(
  'the same files make the same bytes of a .%s, whoever made them and when',
  async (type) => {
    await writeArchive(order(`a.${type}`))
    for (const name of readdirSync(folder)) {
      chmodSync(join(folder, name), 0o600)
      utimesSync(join(folder, name), 12345, 12345)
    }
    await writeArchive(order(`b.${type}`))
    expect(readFileSync(join(place, `b.${type}`)).equals(readFileSync(join(place, `a.${type}`)))).toBe(true)
  },
)

test('a zip archive holds the same folder', async () => {
  await writeArchive(order('a.zip'))
  const zip = await fromBufferPromise(readFileSync(join(place, 'a.zip')))
  const entries: [string, number][] = []
  for await (const entry of zip.eachEntry())
    entries.push([entry.fileName, (entry.externalFileAttributes >>> 16) & 0o777])
  expect(entries).toEqual([
    ['hearth-1.2.3-here/README.md', 0o644],
    ['hearth-1.2.3-here/hearth', 0o755],
  ])
})

test('an archive that is too large is not kept', async () => {
  const refused = writeArchive({ ...order('a.tar.xz'), mostBytes: 100 })
  expect(refused).rejects.toThrow(DistributionError)
  expect(refused).rejects.toThrow('a.tar.xz has 0.0 MB, and may have 0 MB')
  await refused.catch(() => {})
  expect(existsSync(join(place, 'a.tar.xz'))).toBe(false)
  expect(readdirSync(place)).toEqual(['hearth-1.2.3-here'])
})

test('a time that is none is refused, and not written into an archive that nothing reads', () => {
  expect(archiveTime('1700000000').toISOString()).toBe('2023-11-14T22:13:20.000Z')
  for (const none of [undefined, '', ' ']) expect(archiveTime(none).toISOString()).toBe('2026-01-01T00:00:00.000Z')
  for (const wrong of ['today', '-5', '1.5', '99999999999999']) {
    expect(() => archiveTime(wrong)).toThrow(`not '${wrong}'`)
    expect(() => archiveTime(wrong)).toThrow(DistributionError)
  }
})

test.skipIf(process.platform === 'win32')('where xz fails, its own words are told', async () => {
  const path = process.env.PATH
  mkdirSync(join(place, 'bin'))
  writeFileSync(join(place, 'bin', 'xz'), '#!/bin/sh\necho "xz: no memory" >&2\nexit 3\n', { mode: 0o755 })
  // More than a pipe holds.
  writeFileSync(join(folder, 'hearth'), Buffer.alloc(4_000_000))
  process.env.PATH = `${join(place, 'bin')}:${path}`
  try {
    const refused = await writeArchive(order('a.tar.xz')).catch((error) => error)
    expect(refused).toBeInstanceOf(DistributionError)
    expect(refused.message).toBe('xz ended with 3: xz: no memory')
    expect(readdirSync(place).sort()).toEqual(['bin', 'hearth-1.2.3-here'])
  } finally {
    process.env.PATH = path
  }
})

test('where xz is missing, that is said with what to install', async () => {
  const path = process.env.PATH
  process.env.PATH = join(place, 'nowhere')
  try {
    const refused = await writeArchive(order('a.tar.xz')).catch((error) => error)
    expect(refused).toBeInstanceOf(DistributionError)
    expect(refused.message).toContain('apt install xz-utils')
    expect(readdirSync(place)).toEqual(['hearth-1.2.3-here'])
  } finally {
    process.env.PATH = path
  }
})
