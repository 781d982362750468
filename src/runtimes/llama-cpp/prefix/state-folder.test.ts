import { afterAll, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { memoryFor } from './open-prefixes.ts'
import { openLastingFolder, openMemoryFolder } from './state-folder.ts'

const base = mkdtempSync(join(tmpdir(), 'hearth-test-folders-'))
afterAll(() => rmSync(base, { recursive: true }))

test('the folder is for its owner alone, and goes when it is closed', () => {
  const folder = openMemoryFolder(1000, [base])
  if (!folder) throw new Error('there is no folder')
  expect([statSync(folder.path).mode & 0o777, folder.mostBytes]).toEqual([0o700, 1000])
  writeFileSync(join(folder.path, 'a'), '')
  folder.close()
  expect(existsSync(folder.path)).toBe(false)
})

test('a process that ends takes its folder with it', () => {
  const program = `const { openMemoryFolder } = await import(${JSON.stringify(join(import.meta.dir, 'state-folder.ts'))})
    console.log(openMemoryFolder(1000, [${JSON.stringify(base)}]).path)`
  const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  const path = stdout.trim()
  expect(path).toStartWith(base)
  expect(existsSync(path)).toBe(false)
})

test('folders of processes that are gone are removed, and of no others', () => {
  const own = openMemoryFolder(1000, [base])
  if (!own) throw new Error('there is no folder')
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  const name = basename(own.path)
  const dead = join(base, name.replace(`-${process.pid}-`, `-${gone}-`))
  const foreign = [join(base, `else-${gone}-x`), join(base, `hearth-states-1-${gone}-x`)]
  for (const path of [dead, ...foreign]) mkdirSync(path)
  writeFileSync(join(dead, 'left'), '')
  openMemoryFolder(1000, [base])?.close()
  expect(readdirSync(base).sort()).toEqual([name, ...foreign.map((path) => basename(path))].sort())
  own.close()
})

test('where there is no room another place is taken, or none', () => {
  const absent = join(base, 'absent')
  expect(openMemoryFolder(1000, [absent])).toBeUndefined()
  const folder = openMemoryFolder(1000, [absent, base])
  expect(folder?.path).toStartWith(base)
  folder?.close()
  const all = openMemoryFolder(Number.MAX_SAFE_INTEGER, [base])
  expect(all?.mostBytes).toBeLessThan(Number.MAX_SAFE_INTEGER)
  all?.close()
})

test('a folder of the configuration stays', () => {
  const folder = openLastingFolder(join(base, 'kept'), 'a', 1000)
  folder.close()
  expect(statSync(join(base, 'kept', 'a')).mode & 0o777).toBe(0o700)
})

test('memory for states is bounded by what is left', () => {
  const mebibyte = 2 ** 20
  const memory = (wanted: number | 'auto', spare: number) => memoryFor({ memory: wanted, disk: 1 }, spare * mebibyte)
  expect(memory('auto', 800)).toBe(100 * mebibyte)
  expect(memory('auto', 1e6)).toBe(2048 * mebibyte)
  expect(memory(0, 800)).toBe(0)
  expect(memory(300, 800)).toBe(300 * mebibyte)
  expect(memory(500, 800)).toBe(400 * mebibyte)
})
