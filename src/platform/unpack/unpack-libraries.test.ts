import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { ServerError } from '../../core/errors.ts'
import type { EmbeddedLibraries } from '../embedded-libraries.ts'
import { nativeDevice, nativeLibraryFolder, packageNames } from '../native-libraries.ts'
import { unpackLibraries } from './unpack-libraries.ts'

let place: string
let parent: string
let libraries: EmbeddedLibraries

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'hearth-libraries-'))
  parent = join(place, 'native')
  mkdirSync(join(place, 'inside'))
  const files = ['llama-addon.node', 'libggml.so', 'fallback/libggml.so'].map((name, index) => {
    const content = `content of ${name}`
    const path = join(place, 'inside', `file-${index}`)
    writeFileSync(path, zstdCompressSync(content))
    return {
      name,
      part: 'libraries' as const,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      path,
    }
  })
  libraries = { version: '1.2.3', device: 'cpu', hash: 'abcdef0123456789', files }
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const contentOf = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')

test('unpacks every file into a folder named for version and content, and leaves nothing else', async () => {
  const folder = await unpackLibraries(libraries, parent)
  expect(folder).toBe(join(parent, '1.2.3-abcdef012345'))
  for (const { name } of libraries.files) expect(contentOf(folder, name)).toBe(`content of ${name}`)
  expect(readdirSync(parent)).toEqual(['1.2.3-abcdef012345'])
})

test('a later start writes nothing', async () => {
  const folder = await unpackLibraries(libraries, parent)
  const before = statSync(join(folder, '.unpacked.json')).ino
  for (const { path } of libraries.files) rmSync(path)
  expect(await unpackLibraries(libraries, parent)).toBe(folder)
  expect(statSync(join(folder, '.unpacked.json')).ino).toBe(before)
})

test.each([
  ['changed without a change of size', (file: string) => writeFileSync(file, 'CONTENT of libggml.so')],
  ['cut', (file: string) => writeFileSync(file, 'cont')],
  ['removed', (file: string) => rmSync(file)],
])('puts right a file that was %s', async (_, damage) => {
  const folder = await unpackLibraries(libraries, parent)
  chmodSync(join(folder, 'libggml.so'), 0o700)
  damage(join(folder, 'libggml.so'))
  await unpackLibraries(libraries, parent)
  expect(contentOf(folder, 'libggml.so')).toBe('content of libggml.so')
  expect(readdirSync(parent)).toHaveLength(1)
})

test('a copied folder without its stamp is checked and kept', async () => {
  const folder = await unpackLibraries(libraries, parent)
  rmSync(join(folder, '.unpacked.json'))
  const before = statSync(join(folder, 'libggml.so')).ino
  await unpackLibraries(libraries, parent)
  expect(statSync(join(folder, 'libggml.so')).ino).toBe(before)
  expect(readdirSync(folder)).toContain('.unpacked.json')
})

test('ten starts at once agree on one whole folder', async () => {
  const folders = await Promise.all(Array.from({ length: 10 }, () => unpackLibraries(libraries, parent)))
  expect(new Set(folders).size).toBe(1)
  expect(readdirSync(parent)).toHaveLength(1)
  expect(contentOf(folders[0] ?? '', 'libggml.so')).toBe('content of libggml.so')
})

test('a folder that cannot be made is an error that names the folder and HEARTH_NATIVE_DIR', async () => {
  writeFileSync(parent, 'a file where the folder should be')
  const error = await unpackLibraries(libraries, parent).catch((caught) => caught)
  expect(error).toBeInstanceOf(ServerError)
  expect(error.message).toContain(parent)
  expect(error.hint).toContain('HEARTH_NATIVE_DIR')
})

test('an executable with damaged content unpacks nothing', async () => {
  writeFileSync(libraries.files[0]?.path ?? '', zstdCompressSync('something else'))
  expect(unpackLibraries(libraries, parent)).rejects.toThrow('damaged')
  await unpackLibraries(libraries, parent).catch(() => {})
  expect(readdirSync(parent)).toEqual([])
})

test('a folder that already holds the addon is used as it is', async () => {
  const nativeFolder = join(place, 'mine-cuda')
  mkdirSync(nativeFolder)
  writeFileSync(join(nativeFolder, 'llama-addon.node'), '')
  const found = await nativeLibraryFolder({ dataFolder: place, nativeFolder, embedded: libraries })
  const step = join(nativeFolder, 'hearth-step.node')
  expect(found).toEqual({ folder: nativeFolder, version: 'custom', device: 'cuda', step })
})

test('what libraries compute on is known before any is opened, by their files where the folder has any name', async () => {
  const nativeFolder = join(place, 'mine')
  mkdirSync(nativeFolder)
  expect(nativeDevice({ nativeFolder, embedded: { ...libraries, device: 'vulkan' } })).toBe('vulkan')
  writeFileSync(join(nativeFolder, 'llama-addon.node'), '')
  expect(nativeDevice({ nativeFolder, embedded: libraries })).toBe('cpu')
  writeFileSync(join(nativeFolder, 'libggml-cuda.so'), '')
  expect(nativeDevice({ nativeFolder, embedded: libraries })).toBe('cuda')
  expect(await nativeLibraryFolder({ dataFolder: place, nativeFolder })).toMatchObject({ device: 'cuda' })
})

test('a named folder without the addon is unpacked into', async () => {
  const found = await nativeLibraryFolder({ dataFolder: place, nativeFolder: parent, embedded: libraries })
  const folder = join(parent, '1.2.3-abcdef012345')
  expect(found).toEqual({ folder, version: '1.2.3', device: 'cpu', step: join(folder, 'hearth-step.node') })
})

test('from source the installed package is found', async () => {
  const found = await nativeLibraryFolder({ dataFolder: place })
  expect(readdirSync(found.folder)).toContain('llama-addon.node')
  expect(found.version).toMatch(/^\d+\.\d+\.\d+$/)
})

test('a GPU package goes before the plain one', () => {
  expect(packageNames('linux', 'x64')).toEqual(['linux-x64-cuda', 'linux-x64-vulkan', 'linux-x64'])
  expect(packageNames('linux', 'arm').at(-1)).toBe('linux-armv7l')
  expect(packageNames('win32', 'arm64').at(-1)).toBe('win-arm64')
  expect(packageNames('darwin', 'arm64')).toEqual(['mac-arm64-metal'])
})
