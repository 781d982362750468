import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { compressFiles } from './compress-files.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'hearth-compress-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

function fileOf(name: string, content: string) {
  const path = join(place, name.replaceAll('/', '-'))
  writeFileSync(path, content)
  return { name, path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}

const contentOf = (path: string) => zstdDecompressSync(readFileSync(path)).toString()

test('compresses each content once, and says what each file is for', async () => {
  const files = [fileOf('a.so', 'one'), fileOf('fallback/a.so', 'two'), fileOf('c++-runtime/libstdc++.so.6', 'one')]
  const carried = await compressFiles(files, join(place, 'cache'))
  expect(carried.map(({ name, part }) => [name, part])).toEqual([
    ['a.so', 'libraries'],
    ['fallback/a.so', 'cuda-12'],
    ['c++-runtime/libstdc++.so.6', 'c++-runtime'],
  ])
  expect(carried.map(({ compressed }) => contentOf(compressed))).toEqual(['one', 'two', 'one'])
  expect(readdirSync(join(place, 'cache'), { recursive: true })).toHaveLength(3)
})

test('makes a copy anew that is damaged, or holds something else', async () => {
  const file = fileOf('a.so', 'one')
  const [first] = await compressFiles([file], join(place, 'cache'))
  const path = first?.compressed as string
  const [other] = await compressFiles([fileOf('b.so', 'two')], join(place, 'cache'))
  for (const damage of [Buffer.from('nonsense'), readFileSync(other?.compressed as string)]) {
    writeFileSync(path, damage)
    await compressFiles([file], join(place, 'cache'))
    expect(contentOf(path)).toBe('one')
  }
})
