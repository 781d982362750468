import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { version } from '../../src/config/version.ts'
import { writeTinyExecutable } from '../build/dist/tiny-executable.fixture.ts'
import { writeDistribution } from '../build/dist/write-distribution.ts'
import { outputOf, targets } from '../build/targets.ts'
import { proveLists } from './release-lists.ts'

let folder: string
const archive = `hearth-${version}-windows-x64.zip`

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-lists-'))
  const target = targets.find(({ name }) => name === 'windows-x64')
  if (!target) throw new Error('There is no such target.')
  const output = join(folder, basename(outputOf(target)))
  await writeTinyExecutable(output, target, { version })
  await writeDistribution([{ target, output }], { archives: true, onNote: () => {} })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('what a build has written is right', async () => {
  expect(await proveLists(folder)).toEqual({ facts: '3 checksums, 1 archives', problems: [] })
})

test('what is missing, changed or not listed is said, all of it', async () => {
  rmSync(join(folder, archive))
  writeFileSync(join(folder, 'hearth-windows-x64.exe'), 'another')
  writeFileSync(join(folder, 'hearth-linux-x64'), 'unknown')
  expect((await proveLists(folder)).problems).toEqual([
    `${archive} has a checksum and is not there`,
    'hearth-windows-x64.exe has another checksum than SHA256SUMS says',
    'hearth-linux-x64 has no checksum',
    `${archive} is not as release.json says`,
    'hearth-windows-x64.exe is not as release.json says',
  ])
  rmSync(join(folder, 'SHA256SUMS'))
  expect((await proveLists(folder)).problems.join()).toContain('has no SHA256SUMS')
})
