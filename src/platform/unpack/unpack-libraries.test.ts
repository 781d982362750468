import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { ServerError } from '../../core/errors.ts'
import type { EmbeddedLibraries } from '../embedded-libraries.ts'
import { contentFor, makeEmbedded, usualNames } from './embedded.fixture.ts'
import { findDamaged } from './find-damaged.ts'
import { unpackLibraries } from './unpack-libraries.ts'

let place: string
let parent: string
let libraries: EmbeddedLibraries

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-libraries-')))
  parent = join(place, 'native')
  libraries = makeEmbedded(place)
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const contentOf = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')
const inodeOf = (folder: string, name: string) => statSync(join(folder, name)).ino
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
const failure = () =>
  unpackLibraries(libraries, parent).then(
    () => undefined,
    (caught: ServerError) => caught,
  )

test('unpacks every usual file into a folder named for version and content, and leaves nothing else', async () => {
  const folder = await unpackLibraries(libraries, parent)
  expect(folder).toBe(join(parent, '1.2.3-abcdef012345'))
  expect(filesIn(folder)).toEqual(['.unpacked.json', ...usualNames])
  for (const name of usualNames) expect(contentOf(folder, name)).toBe(contentFor(name))
  expect(readdirSync(parent)).toEqual(['1.2.3-abcdef012345'])
})

test('what is unpacked is for the user alone, and cannot be written to', async () => {
  const folder = await unpackLibraries(libraries, parent)
  for (const path of [parent, folder, join(folder, 'c++-runtime')]) expect(statSync(path).mode & 0o777).toBe(0o700)
  for (const name of usualNames) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o500)
})

test('a later start writes nothing', async () => {
  const folder = await unpackLibraries(libraries, parent)
  const before = inodeOf(folder, '.unpacked.json')
  for (const { path } of libraries.files) rmSync(path)
  expect(await unpackLibraries(libraries, parent)).toBe(folder)
  expect(inodeOf(folder, '.unpacked.json')).toBe(before)
})

test.each([
  ['changed without a change of size', (file: string) => writeFileSync(file, 'CONTENT of libggml.so')],
  ['changed without a change of size and time', changeUnseen],
  ['cut', (file: string) => writeFileSync(file, 'cont')],
  ['emptied', (file: string) => writeFileSync(file, '')],
  ['removed', (file: string) => rmSync(file)],
  ['replaced by a link', replaceByLink],
])('puts right a file that was %s, and touches no other', async (_, damage) => {
  const folder = await unpackLibraries(libraries, parent)
  const before = inodeOf(folder, 'llama-addon.node')
  chmodSync(join(folder, 'libggml.so'), 0o700)
  damage(join(folder, 'libggml.so'))
  await unpackLibraries(libraries, parent)
  expect(contentOf(folder, 'libggml.so')).toBe('content of libggml.so')
  expect(statSync(join(folder, 'libggml.so')).mode & 0o777).toBe(0o500)
  expect(inodeOf(folder, 'llama-addon.node')).toBe(before)
  expect(readdirSync(parent)).toHaveLength(1)
})

function replaceByLink(file: string) {
  rmSync(file)
  symlinkSync('/etc/hostname', file)
}

/** A program can set the time when a file was written, and none the time when anything of it was changed. */
function changeUnseen(file: string) {
  const { atimeMs, mtimeMs } = statSync(file)
  writeFileSync(file, 'CONTENT of libggml.so')
  utimesSync(file, atimeMs / 1000, mtimeMs / 1000)
}

test('takes the right to write to a file away from others', async () => {
  const folder = await unpackLibraries(libraries, parent)
  const before = inodeOf(folder, 'libggml.so')
  chmodSync(join(folder, 'libggml.so'), 0o777)
  await unpackLibraries(libraries, parent)
  expect(statSync(join(folder, 'libggml.so')).mode & 0o777).toBe(0o500)
  expect(inodeOf(folder, 'libggml.so')).toBe(before)
})

test('a process that reads a file while it is put right reads what it had', async () => {
  const folder = await unpackLibraries(libraries, parent)
  const descriptor = openSync(join(folder, 'llama-addon.node'), 'r')
  chmodSync(join(folder, 'libggml.so'), 0o700)
  writeFileSync(join(folder, 'libggml.so'), 'cont')
  await unpackLibraries(libraries, parent)
  const buffer = Buffer.alloc(100)
  expect(buffer.toString('utf8', 0, readSync(descriptor, buffer))).toBe('content of llama-addon.node')
  closeSync(descriptor)
})

describe('parts', () => {
  test('one that is asked for later is put beside what is there', async () => {
    const folder = await unpackLibraries(libraries, parent)
    const before = usualNames.map((name) => inodeOf(folder, name))
    const again = await unpackLibraries(libraries, parent, { parts: ['cuda-12'] })
    expect(again).toBe(folder)
    expect(contentOf(folder, 'fallback/libggml-cuda.so')).toBe('content of fallback/libggml-cuda.so')
    expect(usualNames.map((name) => inodeOf(folder, name))).toEqual(before)
  })

  test('are remembered when they are not asked for', async () => {
    const folder = await unpackLibraries(libraries, parent, { parts: ['cuda-12'] })
    rmSync(join(folder, 'libggml.so'))
    await unpackLibraries(libraries, parent)
    const before = inodeOf(folder, '.unpacked.json')
    for (const { path } of libraries.files) rmSync(path)
    await unpackLibraries(libraries, parent, { parts: ['cuda-12'] })
    expect(inodeOf(folder, '.unpacked.json')).toBe(before)
  })

  test('starts at once with and without one come to the same folder', async () => {
    const parts = Array.from({ length: 10 }, (_, index) => (index % 2 ? ['cuda-12' as const] : []))
    await Promise.all(parts.map((each) => unpackLibraries(libraries, parent, { parts: each })))
    expect(readdirSync(parent)).toHaveLength(1)
    const folder = join(parent, '1.2.3-abcdef012345')
    expect(await findDamaged(folder, libraries.files)).toEqual([])
  })
})

test('a copied folder without its stamp is checked and kept', async () => {
  const folder = await unpackLibraries(libraries, parent)
  rmSync(join(folder, '.unpacked.json'))
  const before = inodeOf(folder, 'libggml.so')
  await unpackLibraries(libraries, parent)
  expect(inodeOf(folder, 'libggml.so')).toBe(before)
  expect(readdirSync(folder)).toContain('.unpacked.json')
})

test.each(['', '[]', 'null', '{"libggml.so": null}', '{"libggml.so": {"bytes": "many"}}'])(
  'a stamp that says %p is no stamp',
  async (stamp) => {
    const folder = await unpackLibraries(libraries, parent)
    writeFileSync(join(folder, '.unpacked.json'), stamp)
    chmodSync(join(folder, 'libggml.so'), 0o700)
    writeFileSync(join(folder, 'libggml.so'), 'CONTENT of libggml.so')
    await unpackLibraries(libraries, parent)
    expect(contentOf(folder, 'libggml.so')).toBe('content of libggml.so')
  },
)

test('ten starts at once agree on one whole folder', async () => {
  const folders = await Promise.all(Array.from({ length: 10 }, () => unpackLibraries(libraries, parent)))
  expect(new Set(folders).size).toBe(1)
  expect(readdirSync(parent)).toHaveLength(1)
  expect(await findDamaged(folders[0] ?? '', libraries.files.slice(0, 3))).toEqual([])
})

test('a folder that cannot be made is an error that names the folder and HEARTH_NATIVE_DIR', async () => {
  writeFileSync(parent, 'a file where the folder should be')
  const error = await failure()
  expect(error).toBeInstanceOf(ServerError)
  expect(error?.message).toContain(parent)
  expect(error?.hint).toContain('HEARTH_NATIVE_DIR')
})

describe('an executable with damaged content', () => {
  const compressed = zstdCompressSync('content of llama-addon.node')
  test.each([
    ['something else', zstdCompressSync('something else')],
    ['more than was built in', zstdCompressSync('content of llama-addon.node and more')],
    ['half of it', compressed.subarray(0, compressed.length / 2)],
    ['nothing', Buffer.alloc(0)],
    ['what is no Zstandard', Buffer.from('no Zstandard at all, but long enough to be looked at')],
    ['a changed byte', Buffer.concat([compressed.subarray(0, 4), Buffer.from([0xff]), compressed.subarray(5)])],
  ])('(%s) is named as the culprit, and unpacks nothing', async (_, content) => {
    writeFileSync(libraries.files[0]?.path ?? '', content)
    const error = await failure()
    expect(error?.message).toContain('the executable itself is damaged: llama-addon.node')
    expect(error?.hint).toBe('Download it again.')
    expect(readdirSync(parent)).toEqual([])
  })

  test('is of no consequence where all is unpacked', async () => {
    const folder = await unpackLibraries(libraries, parent)
    writeFileSync(libraries.files[0]?.path ?? '', 'damaged')
    expect(await unpackLibraries(libraries, parent)).toBe(folder)
  })
})

test('two versions lie side by side', async () => {
  const [first, second] = [
    await unpackLibraries(libraries, parent),
    await unpackLibraries({ ...libraries, hash: 'fedcba9876543210' }, parent),
  ]
  expect(readdirSync(parent)).toHaveLength(2)
  mkdirSync(join(parent, 'notes'))
  for (const folder of [first, second]) expect(filesIn(folder)).toEqual(['.unpacked.json', ...usualNames])
})
