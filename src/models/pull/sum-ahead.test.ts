import { afterEach, beforeEach, expect, test } from 'bun:test'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PartFile } from './part-file.ts'
import { Pieces } from './pieces.ts'
import { SumAhead } from './sum-ahead.ts'
import { sha256 } from './test-hub.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-sum-'))
  path = join(folder, 'file')
})
afterEach(() => rm(folder, { recursive: true }))

const mebibyte = 2 ** 20
const bytes = new Uint8Array(20 * mebibyte + 7).map((_, index) => (index * 7919) % 251)
const signal = new AbortController().signal

test('has most of the sum before the file is whole, and says how far it is with the rest', async () => {
  const sum = new SumAhead(path)
  await writeFile(path, bytes.subarray(0, 18 * mebibyte))
  sum.reach(mebibyte)
  sum.reach(17 * mebibyte)
  while (sum.doneBytes < 17 * mebibyte) await new Promise((resolve) => setImmediate(resolve))
  expect(sum.doneBytes).toBe(17 * mebibyte)
  await appendFile(path, bytes.subarray(18 * mebibyte))
  const told: number[] = []
  const found = await sum.finish({ signal, onBytes: (done) => told.push(done) })
  expect(found).toBe(sha256(bytes))
  expect(told).toEqual([18, 19, 20].map((count) => count * mebibyte).concat(bytes.length))
})

test('what could not be read while it came is read at the end, and an end is an end', async () => {
  const sum = new SumAhead(path)
  sum.reach(9 * mebibyte)
  await sum.stop()
  await writeFile(path, bytes)
  expect(await sum.finish({ signal })).toBe(sha256(bytes))
  const stopped = new SumAhead(path).finish({ signal: AbortSignal.abort(new Error('enough')) })
  expect(await stopped.catch((error: unknown) => error)).toMatchObject({ message: 'enough' })
})

test('a part that goes on behind what was summed is summed anew', async () => {
  const part = new PartFile(path)
  const begun = await part.begin('http://hub/x', { sha256: sha256(bytes), totalBytes: bytes.length }, 9 * mebibyte)
  {
    await using writer = await part.write(begun)
    await writer.write(0, bytes.subarray(0, 9 * mebibyte))
  }
  // Of what the note tells nothing is left that could be believed.
  await writeFile(`${path}.part.json`, JSON.stringify({ ...JSON.parse(await noteOf(path)), done: [mebibyte, 0, 0] }))
  const again = await part.resume('http://hub/x')
  if (again === undefined) return expect.unreachable('there is nothing to go on with')
  {
    await using writer = await part.write(again)
    await writer.write(0, bytes.subarray(mebibyte, 9 * mebibyte))
    await writer.write(2, bytes.subarray(18 * mebibyte))
    await writer.write(1, bytes.subarray(9 * mebibyte, 18 * mebibyte))
  }
  expect(await part.sha256({ signal })).toBe(sha256(bytes))
})

test('bytes are in order up to the first gap', () => {
  expect(new Pieces(25, 10, [10, 4, 5]).contiguousBytes).toBe(14)
  expect(new Pieces(25, 10, [10, 10, 5]).contiguousBytes).toBe(25)
  expect(new Pieces(25, 10, [3, 10, 5]).contiguousBytes).toBe(3)
  expect(new Pieces(25, undefined, [7]).contiguousBytes).toBe(7)
  expect(new Pieces(undefined, undefined).contiguousBytes).toBe(0)
})

const noteOf = (file: string) =>
  import('node:fs/promises').then(({ readFile }) => readFile(`${file}.part.json`, 'utf8'))
