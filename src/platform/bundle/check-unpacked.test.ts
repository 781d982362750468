import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedLibraries } from '../embedded-libraries.ts'
import { checkUnpacked } from './check-unpacked.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'hearth-unpacked-'))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

const file = (name: string, part: 'libraries' | 'cuda-12') => ({
  name,
  part,
  bytes: name.length,
  sha256: createHash('sha256').update(name).digest('hex'),
  path: '/nowhere',
})

const libraries: EmbeddedLibraries = {
  version: '1.2.3',
  device: 'cuda',
  hash: 'abcdef0123456789',
  files: [file('llama-addon.node', 'libraries'), file('libggml.so', 'libraries'), file('fallback/cuda.so', 'cuda-12')],
}

test('before the first start there is nothing to compare', async () => {
  const folder = join(parent, '1.2.3-abcdef012345')
  expect(await checkUnpacked(parent, libraries)).toEqual({ folder, isThere: false, damaged: [] })
})

test('what is unpacked is compared, and parts that nobody needed may be missing', async () => {
  const folder = join(parent, '1.2.3-abcdef012345')
  mkdirSync(join(folder, 'fallback'), { recursive: true })
  for (const { name } of libraries.files.slice(0, 2)) writeFileSync(join(folder, name), name)
  expect(await checkUnpacked(parent, libraries)).toEqual({ folder, isThere: true, damaged: [] })
  writeFileSync(join(folder, 'fallback', 'cuda.so'), 'another content')
  rmSync(join(folder, 'libggml.so'))
  expect((await checkUnpacked(parent, libraries))?.damaged).toEqual(['libggml.so', 'fallback/cuda.so'])
})

test('from source nothing was unpacked', async () => {
  expect(await checkUnpacked(parent, undefined)).toBeUndefined()
})
