import { afterAll, beforeAll, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { readText, readTextNow } from './file-text.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-text-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What both ways of reading say of it. */
async function problemOf(path: string) {
  const [now, later] = [readTextNow(path, { mostBytes: 1024 }), await readText(path, { mostBytes: 1024 })]
  expect(later).toEqual(now)
  return 'problem' in now ? now.problem : 'none'
}

test('text is read, and what is too large is not', async () => {
  const path = join(folder, 'file')
  writeFileSync(path, 'ä'.repeat(512))
  expect(await readText(path, { mostBytes: 1024 })).toEqual({ text: 'ä'.repeat(512) })
  writeFileSync(path, 'x'.repeat(1025))
  expect(await problemOf(path)).toBe(`the file ${path} cannot be read: it has more than 1 KiB`)
})

test('what is not there, a folder, and bytes are told', async () => {
  expect(await problemOf(join(folder, 'none'))).toEndWith('it does not exist')
  expect(await problemOf(folder)).toEndWith('it is a folder')
  writeFileSync(join(folder, 'bytes'), new Uint8Array([0x70, 0xff, 0xfe]))
  expect(await problemOf(join(folder, 'bytes'))).toEndWith('it is not UTF-8 text')
})

test.skipIf(process.platform === 'win32')('nobody waits for a pipe that nothing comes out of', async () => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  expect(await problemOf(path)).toBe(`${path} is a pipe or a device, which can be read once only`)
  expect(await readText(path, { mostBytes: 1 })).toMatchObject({ isPipe: true, isMissing: false })
})
