import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerError } from '../../core/errors.ts'
import { makeEmbedded } from './embedded.fixture.ts'
import { checkRights, isSafeToRemove } from './folder-trust.ts'
import { unpackLibraries } from './unpack-libraries.ts'

const ada = { uid: 1000, gids: [1000, 27] }
const rights = { path: '/home/ada/native', uid: 1000, gid: 1000, mode: 0o40700 }

test.each([
  ['of one’s own', {}],
  ['of the administrator', { uid: 0, gid: 0, mode: 0o40755 }],
  ['that others may read', { mode: 0o40755 }],
  ['that a group of one’s own may write to', { gid: 27, mode: 0o42770 }],
])('a folder %s is trusted', (_, change) => {
  expect(() => checkRights({ ...rights, ...change }, ada)).not.toThrow()
})

test.each([
  ['of somebody else', { uid: 1001 }, /belongs to another user \(number 1001\)/],
  ['that everybody may write to', { mode: 0o40777 }, /other users can write to \/home\/ada\/native/],
  ['that everybody may write to, like /tmp', { uid: 0, mode: 0o41777 }, /other users can write/],
  ['that a strange group may write to', { gid: 50, mode: 0o40770 }, /other users can write/],
])('a folder %s is not', (_, change, problem) => {
  expect(() => checkRights({ ...rights, ...change }, ada)).toThrow(problem)
})

test('a link is none, whatever its rights say', () => {
  expect(() => checkRights({ ...rights, mode: 0o120777, isLink: true }, ada)).toThrow(
    /is a link, and a folder must be there/,
  )
})

test('the administrator trusts nobody else', () => {
  expect(() => checkRights(rights, { uid: 0, gids: [0] })).toThrow(/number 1000/)
})

test('what others could put links into is removed by its owner only', () => {
  const [mine, theirs] = [{ uid: 1000 }, { uid: 1001 }]
  const [own, shared, strange] = [rights, { ...rights, uid: 0, mode: 0o41777 }, { ...rights, uid: 1001, mode: 0o40755 }]
  expect([mine, theirs].map((folder) => isSafeToRemove(folder, own, 1000))).toEqual([true, true])
  expect([mine, theirs].map((folder) => isSafeToRemove(folder, shared, 1000))).toEqual([true, false])
  expect([mine, theirs].map((folder) => isSafeToRemove(folder, strange, 1000))).toEqual([true, false])
})

test.skipIf(process.geteuid?.() !== 0)(
  'root removes nothing of others where they could put links into it',
  async () => {
    const parent = join(place, 'native')
    const old = await unpackLibraries(makeEmbedded(place, { version: '1.0.0' }), parent, { isChosen: true })
    const leftover = join(parent, '.new-0123456789ab-1-100-00000001')
    mkdirSync(leftover)
    for (const path of [join(old, '.unpacked.json'), leftover]) utimesSync(path, 1e9, 1e9)
    for (const path of [old, leftover]) chownSync(path, 1001, 1001)
    chmodSync(parent, 0o1777)
    await unpackLibraries(makeEmbedded(place), parent, { isChosen: true })
    expect([existsSync(old), existsSync(leftover)]).toEqual([true, true])
    chmodSync(parent, 0o755)
    await unpackLibraries(makeEmbedded(place), parent, { isChosen: true })
    expect([existsSync(old), existsSync(leftover)]).toEqual([false, false])
  },
)

let place: string
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-trust-')))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const modeOf = (path: string) => statSync(path).mode & 0o777

const isWindows = process.platform === 'win32'

test.skipIf(isWindows)(
  'libraries in a folder that others can write to are not used, unless somebody chose it',
  async () => {
    const [libraries, parent] = [makeEmbedded(place), join(place, 'native')]
    const folder = await unpackLibraries(libraries, parent)
    for (const path of [parent, folder]) {
      chmodSync(path, 0o777)
      const error = (await unpackLibraries(libraries, parent).catch((caught) => caught)) as ServerError
      expect(error.code).toBe('native_libraries_unusable')
      expect(error.message).toContain(`other users can write to ${path}`)
      expect(error.hint).toContain(`chmod go-w '${path}'`)
      expect(await unpackLibraries(libraries, parent, { isChosen: true })).toBe(folder)
      chmodSync(path, 0o700)
    }
  },
)

test.skipIf(isWindows)(
  'a link in place of the folder is told as that, and what it leads to is left alone',
  async () => {
    const [libraries, parent] = [makeEmbedded(place), join(place, 'native')]
    const folder = await unpackLibraries(libraries, parent)
    renameSync(folder, join(place, 'elsewhere'))
    symlinkSync(join(place, 'elsewhere'), folder)
    await expect(unpackLibraries(libraries, parent)).rejects.toThrow(`${folder} is a link`)
  },
)

test.skipIf(isWindows)('what all may read lies in a folder that somebody has named for it', async () => {
  const before = process.umask(0o022)
  const folder = await unpackLibraries(makeEmbedded(place), join(place, 'native'), { isChosen: true })
  process.umask(before)
  for (const name of ['..', '.', 'c++-runtime']) expect(modeOf(join(folder, name))).toBe(0o755)
  expect(modeOf(join(folder, 'libggml.so'))).toBe(0o555)
  expect(modeOf(join(folder, '.unpacked.json'))).toBe(0o644)
})

test.skipIf(isWindows)('nothing is unpacked into such a folder', async () => {
  const [libraries, parent] = [makeEmbedded(place), join(place, 'native')]
  mkdirSync(parent)
  chmodSync(parent, 0o777)
  await expect(unpackLibraries(libraries, parent)).rejects.toThrow(/other users can write/)
})
