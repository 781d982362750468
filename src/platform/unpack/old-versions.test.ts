import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { makeEmbedded } from './embedded.fixture.ts'
import { lastUse } from './stamp.ts'
import { unpackLibraries } from './unpack-libraries.ts'

let place: string
let parent: string

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-versions-')))
  parent = join(place, 'native')
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const useVersion = (version: string) => unpackLibraries(makeEmbedded(place, { version }), parent)

function leaveAlone(folder: string, days: number) {
  const seconds = Date.now() / 1000 - days * 24 * 3600
  utimesSync(join(folder, '.unpacked.json'), seconds, seconds)
}

test('another version is removed when it was not used for two weeks', async () => {
  const [older, old] = [await useVersion('1.0.0'), await useVersion('1.1.0-beta.1')]
  leaveAlone(older, 15)
  leaveAlone(old, 13)
  const folder = await useVersion('1.2.3')
  expect(readdirSync(parent).sort()).toEqual([basename(old), basename(folder)])
})

test('so it is by a start that unpacks nothing', async () => {
  const [old, folder] = [await useVersion('1.0.0'), await useVersion('1.2.3')]
  leaveAlone(old, 15)
  await useVersion('1.2.3')
  expect(readdirSync(parent)).toEqual([basename(folder)])
})

test('a use is noted, so that two versions in turns stay', async () => {
  const [old, folder] = [await useVersion('1.0.0'), await useVersion('1.2.3')]
  for (const each of [old, folder]) leaveAlone(each, 15)
  await useVersion('1.0.0')
  expect(readdirSync(parent)).toEqual([basename(old)])
  expect(Date.now() - ((await lastUse(old)) ?? 0)).toBeLessThan(60_000)
})

test('a use soon after the last one is not written down', async () => {
  const folder = await useVersion('1.2.3')
  leaveAlone(folder, 0.02)
  const before = await lastUse(folder)
  await useVersion('1.2.3')
  expect(await lastUse(folder)).toBe(before as number)
})

test('one that a process has open stays', async () => {
  const old = await useVersion('1.0.0')
  const command = [process.execPath, '-e', `process.stdout.write('up'); await Bun.stdin.text()`]
  // A program that lies there is mapped as a library is.
  rmSync(join(old, 'libggml.so'))
  await Bun.write(join(old, 'libggml.so'), Bun.file(process.execPath))
  await Bun.spawn(['chmod', '700', join(old, 'libggml.so')]).exited
  leaveAlone(old, 15)
  const child = Bun.spawn([join(old, 'libggml.so'), ...command.slice(1)], { stdin: 'pipe', stdout: 'pipe' })
  try {
    await child.stdout.getReader().read()
    await useVersion('1.2.3')
    expect(existsSync(old)).toBe(existsSync('/proc/self/maps'))
  } finally {
    child.kill()
    await child.exited
  }
  await useVersion('1.2.3')
  expect(existsSync(old)).toBe(false)
})

test.each([
  ['has something of somebody else in it', (folder: string) => writeFileSync(join(folder, 'notes.txt'), 'mine')],
  [
    'has a folder of somebody else in it',
    (folder: string) => {
      mkdirSync(join(folder, 'mine'))
      writeFileSync(join(folder, 'mine', 'libggml.so'), 'mine')
    },
  ],
  ['has no stamp', (folder: string) => rmSync(join(folder, '.unpacked.json'))],
  ['has a stamp that is none of ours', (folder: string) => writeFileSync(join(folder, '.unpacked.json'), '[1]')],
])('one that %s stays', async (_, change) => {
  const old = await useVersion('1.0.0')
  change(old)
  if (existsSync(join(old, '.unpacked.json'))) leaveAlone(old, 400)
  await useVersion('1.2.3')
  expect(existsSync(old)).toBe(true)
})

test('what is named otherwise stays', async () => {
  const names = ['1.0.0', 'models-0123456789ab', '1.0.0-0123456789abc', '1.0.0-0123456789AB']
  for (const name of names) {
    mkdirSync(join(parent, name), { recursive: true })
    writeFileSync(join(parent, name, '.unpacked.json'), '{}')
    leaveAlone(join(parent, name), 400)
  }
  await useVersion('1.2.3')
  expect(readdirSync(parent)).toHaveLength(names.length + 1)
})
