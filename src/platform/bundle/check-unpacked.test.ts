import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedLibraries } from '../embedded-libraries.ts'
import { makeEmbedded } from '../unpack/embedded.fixture.ts'
import { writeStamp } from '../unpack/stamp.ts'
import { unpackLibraries } from '../unpack/unpack-libraries.ts'
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

test('what was damaged without a trace in sizes and times is put right by the next start', async () => {
  const embedded = makeEmbedded(parent)
  const folder = await unpackLibraries(embedded, parent)
  chmodSync(join(folder, 'libggml.so'), 0o700)
  writeFileSync(join(folder, 'libggml.so'), 'CONTENT of libggml.so')
  // As if the disk itself had changed it: the stamp knows the file as it is now.
  await writeStamp({ folder, files: embedded.files.slice(0, 3), draft: join(folder, 'draft'), mode: 0o600 })
  await unpackLibraries(embedded, parent)
  expect((await checkUnpacked(parent, embedded))?.damaged).toEqual(['libggml.so'])
  await unpackLibraries(embedded, parent)
  expect((await checkUnpacked(parent, embedded))?.damaged).toEqual([])
})

test('from source nothing was unpacked', async () => {
  expect(await checkUnpacked(parent, undefined)).toBeUndefined()
})
