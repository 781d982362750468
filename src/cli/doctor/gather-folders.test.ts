import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gatherFolder } from './gather-folders.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-folders-'))
  writeFileSync(join(folder, 'file'), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

test('what is in the place of a folder, or above it, is named', async () => {
  const [file, below] = [join(folder, 'file'), join(folder, 'file', 'models')]
  expect(await gatherFolder(file)).toMatchObject({ state: 'unusable', problem: 'is a file' })
  expect(await gatherFolder(below)).toMatchObject({ state: 'unusable', problem: `cannot be there: ${file} is a file` })
})

test('a folder is there, or will be made where one above it can be written', async () => {
  expect(await gatherFolder(folder)).toMatchObject({ state: 'there', isWritable: true })
  const absent = await gatherFolder(join(folder, 'a', 'b'))
  expect(absent).toMatchObject({ state: 'absent', isWritable: true })
  expect(absent.freeBytes).toBeGreaterThan(0)
})
