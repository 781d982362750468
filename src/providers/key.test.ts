import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryLog } from '../../test/fakes/memory-log.ts'
import { ProviderKey } from './key.ts'
import type { KeyPlace } from './settings.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provider-key-'))
  path = join(folder, 'key')
})
afterEach(() => rmSync(folder, { recursive: true }))

const log = createMemoryLog()
const keyAt = (place: KeyPlace, to = log) => new ProviderKey({ provider: 'p', place, log: to })

test('a key of a file goes without the end of its line, and is read again when it changes', () => {
  writeFileSync(path, 'first\n', { mode: 0o600 })
  const key = keyAt({ type: 'file', path })
  expect(key.read()).toEqual({ key: 'first' })
  writeFileSync(path, 'the second one has another length'.replaceAll(' ', '-'), { mode: 0o600 })
  expect(key.read()).toEqual({ key: 'the-second-one-has-another-length' })
  const other = join(folder, 'other')
  writeFileSync(other, 'third\r\n\n', { mode: 0o600 })
  renameSync(other, path)
  expect(key.read()).toEqual({ key: 'third' })
  rmSync(path)
  expect(key.read().problem).toContain('cannot be read')
  writeFileSync(path, 'third', { mode: 0o600 })
  expect(key.read()).toEqual({ key: 'third' })
})

test('does not wait at a pipe, nor read a device or a folder', () => {
  const places = [folder, ...(process.platform === 'win32' ? [] : ['/dev/zero', path])]
  if (process.platform !== 'win32') Bun.spawnSync(['mkfifo', path])
  for (const place of places) expect(keyAt({ type: 'file', path: place }).read().problem).toContain('is no file')
})

test('warns once where others may read the file', () => {
  writeFileSync(path, 'open-to-all')
  chmodSync(path, 0o644)
  const own = createMemoryLog()
  const key = keyAt({ type: 'file', path }, own)
  key.read()
  key.read()
  expect(own.lines.map(({ level }) => level)).toEqual(process.platform === 'win32' ? [] : ['warn'])
  expect(JSON.stringify(own.lines)).not.toContain('open-to-all')
})

test('says what is wrong with a key without repeating any of it', () => {
  for (const text of ['', '\n', 'planted one', 'planted\none', 'plantedé', 'planted\u0000', 'planted'.repeat(5000)]) {
    writeFileSync(path, text, { mode: 0o600 })
    const reading = keyAt({ type: 'file', path }).read()
    expect(reading.problem).toBeString()
    expect(JSON.stringify(reading)).not.toContain('planted')
  }
  expect(keyAt({ type: 'value', value: 'planted one' }).read().problem).toBeString()
})

test('says which variable is not set, unless that is no name of a variable', () => {
  const said = (variable: string) => JSON.stringify(keyAt({ type: 'unset', variable }).read())
  expect(said('SOME_API_KEY')).toContain('SOME_API_KEY')
  expect(said('hf_planted')).not.toContain('planted')
  expect(keyAt({ type: 'none' }).read()).toEqual({ key: undefined })
})
