import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeTinyExecutable } from '../../../scripts/build/dist/tiny-executable.fixture.ts'
import { targets } from '../../../scripts/build/targets.ts'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { reportOf } from '../self-check/self-check-report.ts'

let folder: string
let path: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-self-check-'))
  path = join(folder, 'hearth.exe')
  const target = targets.find(({ name }) => name === 'windows-arm64')
  if (!target) throw new Error('There is no such target.')
  await writeTinyExecutable(path, target, { version: '7.8.9' })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const check = (...parameters: string[]) => runCommandLine(['self-check', ...parameters], { variables: {} })

test('an executable for another system is told, with what is in it', async () => {
  const { code, output, errors } = await check(path, '--list')
  expect([code, errors]).toEqual([0, ''])
  expect(output).toContain('PE for win32-arm64\nHearth 7.8.9 for windows-arm64, on none@1.0.0\n')
  expect(output).toMatch(/^LICENSES\.txt +papers +0\.1 kB +0\.1 kB +[\da-f]{64} {2}ok$/m)
  expect(output).toEndWith('Every byte is as it was built (checked by its seal).\n')
})

test('damage ends with 1 and names what is damaged, also as JSON', async () => {
  const content = readFileSync(path)
  const damaged = join(folder, 'damaged.exe')
  content[content.length - 1] = 0
  writeFileSync(damaged, content)
  const { code, output } = await check(damaged)
  expect(code).toBe(1)
  expect(output).toContain('DAMAGED  bill-of-materials.cdx.json is damaged, or not there.\n')
  const json = await check(damaged, '--json')
  expect(json.code).toBe(1)
  expect(JSON.parse(json.output)).toMatchObject({
    is_whole: false,
    target: 'windows-arm64',
    files: [
      { name: 'LICENSES.txt', is_whole: true },
      { name: 'bill-of-materials.cdx.json', is_whole: false },
    ],
  })
})

test('what is no executable, or not there, is said', async () => {
  const text = join(folder, 'text')
  writeFileSync(text, 'hearth')
  expect(await check(text)).toMatchObject({ code: 1, output: expect.stringContaining('This is no program') })
  expect(await check(join(folder, 'absent'))).toMatchObject({
    code: 1,
    errors: expect.stringContaining('absent cannot be read'),
  })
  expect(await check(folder)).toMatchObject({ code: 1, errors: expect.stringContaining('it is a folder') })
})

test.skipIf(process.platform === 'win32')('a pipe and a device without an end are not read', async () => {
  const pipe = join(folder, 'pipe')
  expect(Bun.spawnSync(['mkfifo', pipe]).exitCode).toBe(0)
  for (const path of [pipe, '/dev/zero']) {
    expect(await check(path)).toMatchObject({ code: 1, errors: expect.stringContaining(`${path} cannot be read`) })
  }
})

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a file that one may not read', async () => {
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'hearth', { mode: 0o000 })
  expect(await check(secret)).toMatchObject({ code: 1, errors: expect.stringContaining('somebody who may read it') })
})

test('from source there is nothing of its own, and both commands say so', async () => {
  expect(await check()).toMatchObject({ code: 1, errors: expect.stringContaining('hearth self-check FILE') })
  for (const name of ['licenses', 'licences']) {
    const told = await runCommandLine([name, '--sbom'], { variables: {} })
    expect(told).toMatchObject({ code: 1, output: '', errors: expect.stringContaining('node_modules') })
  }
})

test('a folder that is not as unpacked is a problem of its own, which the next start puts right', () => {
  const unpacked = { folder: '/data/native/1', isThere: true, damaged: ['libggml.so'] }
  const report = reportOf({ path: '/hearth', bytes: 5e6, files: [], problems: [], unpacked }, { isListed: false })
  expect(report).toContain('unpacked in /data/native/1: 1 damaged\n')
  expect(report).toContain('DAMAGED  libggml.so in /data/native/1 is not as unpacked: the next start')
})
