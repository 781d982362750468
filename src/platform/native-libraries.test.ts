import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedLibraries } from './embedded-libraries.ts'
import { nativeDevice, nativeLibraryFolder, packageNames } from './native-libraries.ts'
import { makeEmbedded } from './unpack/embedded.fixture.ts'

let place: string
let parent: string
let libraries: EmbeddedLibraries

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-libraries-')))
  parent = join(place, 'native')
  libraries = makeEmbedded(place)
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

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

test('from source a named folder without the addon is an error that says so', async () => {
  const found = nativeLibraryFolder({ dataFolder: place, nativeFolder: place })
  await expect(found).rejects.toThrow(`HEARTH_NATIVE_DIR names ${place}, which holds no llama-addon.node`)
})

test('a GPU package goes before the plain one', () => {
  expect(packageNames('linux', 'x64')).toEqual(['linux-x64-cuda', 'linux-x64-vulkan', 'linux-x64'])
  expect(packageNames('linux', 'arm').at(-1)).toBe('linux-armv7l')
  expect(packageNames('win32', 'arm64').at(-1)).toBe('win-arm64')
  expect(packageNames('darwin', 'arm64')).toEqual(['mac-arm64-metal'])
})
