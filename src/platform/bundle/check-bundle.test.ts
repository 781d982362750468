import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { sealExecutable } from '../../../scripts/build/dist/seal-executable.ts'
import { checkBundle, NoFile } from './check-bundle.ts'
import { type BundleContents, type BundledFile, renderContents, startBytes } from './contents.ts'
import { placesOf } from './find-bytes.ts'
import { readBundledFile } from './read-bundled-file.ts'

let place: string
let path: string

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'hearth-bundle-'))
  path = join(place, 'hearth')
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

/** Larger than what is read at once, so that one of the files lies over the border of two pieces. */
const libraries = [
  { name: 'libggml.so', content: randomBytes(700_000) },
  { name: 'fallback/libggml-cuda.so', content: Buffer.concat([randomBytes(100), Buffer.alloc(3_000_000, 'library ')]) },
  { name: 'LICENSES.txt', content: Buffer.from(`You may.\n${randomBytes(300).toString('hex')}`) },
].map((file) => ({ ...file, frame: zstdCompressSync(file.content) }))

const bundled: readonly BundledFile[] = libraries.map(({ name, content, frame }) => ({
  name,
  part: name.includes('LICENSES') ? 'papers' : 'libraries',
  bytes: content.byteLength,
  sha256: sha256(content),
  compressed: { bytes: frame.byteLength, sha256: sha256(frame), start: frame.toString('hex', 0, startBytes) },
}))

const contents: BundleContents = {
  version: '1.2.3',
  target: 'linux-x64',
  machine: 'linux-x64',
  device: 'cpu',
  runtime: 'runtime@1.0.0',
  nativeVersion: '3.22.1',
  nativeHash: 'abc',
  files: bundled,
}

/** Headers, something before and between, the files and the list. */
const executable = (head: Buffer, listed = contents) =>
  Buffer.concat([
    head,
    Buffer.alloc(3_900_000, 'hearth-contents 1 of the code, and a magic number \x28\xb5\x2f\xfd '),
    ...libraries.flatMap(({ frame }) => [frame, Buffer.alloc(100)]),
    renderContents(listed),
    Buffer.alloc(5_000_000, 7),
  ])

function elf(processor = 62): Buffer {
  const head = Buffer.alloc(64)
  head.write('\x7fELF\x02\x01\x01', 'latin1')
  head.writeUInt16LE(processor, 18)
  return head
}

function portableExecutable(processor: number): Buffer {
  const head = Buffer.alloc(512)
  head.write('MZ', 'latin1')
  head.writeUInt32LE(64, 60)
  head.write('PE\0\0', 64, 'latin1')
  head.writeUInt16LE(processor, 68)
  head.writeUInt16LE(0x20b, 88)
  return head
}

/** A whole program for macOS, with a signature as codesign makes it. */
function machO(body: (head: Buffer) => Buffer, processor = 0x100000c): Buffer {
  const head = Buffer.alloc(4096)
  head.writeUInt32LE(0xfeedfacf, 0)
  head.writeUInt32LE(processor, 4)
  head.writeUInt32LE(1, 16)
  head.writeUInt32LE(0x1d, 32)
  head.writeUInt32LE(16, 36)
  const limit = body(head).byteLength
  const pages = Math.ceil(limit / 4096)
  const signature = Buffer.alloc(20 + 44 + pages * 32)
  head.writeUInt32LE(limit, 40)
  head.writeUInt32LE(signature.byteLength, 44)
  const signed = body(head)
  for (const [index, number] of [0xfade0cc0, signature.byteLength, 1, 0, 20].entries())
    signature.writeUInt32BE(number, index * 4)
  signature.writeUInt32BE(0xfade0c02, 20)
  signature.writeUInt32BE(44, 20 + 16)
  signature.writeUInt32BE(pages, 20 + 28)
  signature.writeUInt32BE(limit, 20 + 32)
  signature.set([32, 2, 0, 12], 20 + 36)
  for (let page = 0; page < pages; page++) {
    signature.write(sha256(signed.subarray(page * 4096, (page + 1) * 4096)), 20 + 44 + page * 32, 'hex')
  }
  return Buffer.concat([signed, signature])
}

const macContents = { ...contents, target: 'macos-arm64', machine: 'darwin-arm64' }

async function sealed(): Promise<Buffer> {
  writeFileSync(path, executable(elf()))
  await sealExecutable(path)
  return readFileSync(path)
}

function flip(content: Buffer, at: number): void {
  const changed = Buffer.from(content)
  changed[at] = (changed[at] ?? 0) ^ 1
  writeFileSync(path, changed)
}

test('a sealed executable is whole, and its files are found', async () => {
  await sealed()
  const check = await checkBundle(path)
  expect(check).toMatchObject({
    contents,
    checkedBy: 'seal',
    problems: [],
    format: { name: 'ELF', machine: 'linux-x64' },
  })
  expect(check.files).toHaveLength(3)
  const licences = check.files[2]
  expect(licences && (await readBundledFile(path, licences)).toString()).toStartWith('You may.\n')
})

test('a byte that has changed anywhere is found', async () => {
  const content = await sealed()
  for (const at of [
    20,
    2_000_000,
    content.byteLength - 1,
    content.indexOf(renderContents(contents).subarray(100, 200)),
  ]) {
    flip(content, at)
    expect((await checkBundle(path)).problems, String(at)).not.toEqual([])
  }
})

test('a damaged file is named, wherever the damage is', async () => {
  const content = await sealed()
  for (const { name, frame } of libraries) {
    for (const offset of [0, startBytes - 1, frame.byteLength >> 1, frame.byteLength - 1]) {
      flip(content, content.indexOf(frame) + offset)
      const { files, problems } = await checkBundle(path)
      expect(files.filter(({ at }) => at === undefined).map((file) => file.name)).toEqual([name])
      expect(problems[0]).toBe(`${name} is damaged, or not there.`)
    }
  }
})

test('an executable that was cut is damaged', async () => {
  const content = await sealed()
  writeFileSync(path, content.subarray(0, content.byteLength - 10))
  expect((await checkBundle(path)).problems).toEqual([
    'The checksum of the whole file is not the one that it was built with.',
  ])
  writeFileSync(path, content.subarray(0, 4_500_000))
  expect((await checkBundle(path)).problems.join()).toContain('no list of files')
})

test('libraries of another machine are told', async () => {
  writeFileSync(path, executable(elf(183)))
  const { format, problems, checkedBy } = await checkBundle(path)
  expect(format?.machine).toBe('linux-arm64')
  expect(problems).toEqual(['The files in it are for linux-x64, and the program is one for linux-arm64.'])
  expect(checkedBy).toBeUndefined()
})

test.each([
  [0x8664, 'win32-x64'],
  [0xaa64, 'win32-arm64'],
])('a program for Windows is read', async (processor, machine) => {
  writeFileSync(path, executable(portableExecutable(processor), { ...contents, machine }))
  await sealExecutable(path)
  expect(await checkBundle(path)).toMatchObject({ format: { name: 'PE', machine }, problems: [], checkedBy: 'seal' })
})

test('a program for macOS is checked by its signature, and sealing leaves it alone', async () => {
  const content = machO((head) => executable(head, macContents))
  writeFileSync(path, content)
  await sealExecutable(path)
  expect(readFileSync(path).equals(content)).toBe(true)
  const check = await checkBundle(path)
  expect(check).toMatchObject({
    format: { name: 'Mach-O', machine: 'darwin-arm64' },
    checkedBy: 'signature',
    problems: [],
  })
  flip(content, 1_000_000)
  expect((await checkBundle(path)).problems).toEqual(['The signature does not match what stands from byte 999424 on.'])
})

test('a program for macOS without a signature, or with half of one, is not whole', async () => {
  const head = machO((each) => executable(each, macContents)).subarray(0, 4096)
  const unsigned = Buffer.from(head)
  unsigned.writeUInt32LE(0, 16)
  writeFileSync(path, executable(unsigned, macContents))
  expect((await checkBundle(path)).problems.join()).toContain('no signature')
  writeFileSync(path, executable(head, macContents))
  expect((await checkBundle(path)).problems).toEqual(['Its signature cannot be read.'])
})

test('a program for macOS with more behind its signature, or with a signature of nothing, is not whole', async () => {
  const content = machO((head) => executable(head, macContents))
  writeFileSync(path, Buffer.concat([content, Buffer.from('more')]))
  expect((await checkBundle(path)).problems).toEqual([
    `The signature does not match what stands from byte ${content.byteLength} on.`,
  ])
  const directory = content.indexOf(Buffer.from('fade0c02', 'hex'))
  content.writeUInt32BE(0, directory + 28)
  content.writeUInt32BE(0, directory + 32)
  writeFileSync(path, content)
  expect((await checkBundle(path)).problems).toEqual(['Its signature cannot be read.'])
})

test('the name of a loader does nothing to a terminal', async () => {
  for (const [loader, needs] of [
    ['/lib/ld-linux.so.2', '/lib/ld-linux.so.2'],
    ['/lib/\u001b[2Jld.so', undefined],
  ] as const) {
    const head = Buffer.alloc(4096)
    elf().copy(head)
    head.writeBigUInt64LE(64n, 32)
    head.writeUInt16LE(56, 54)
    head.writeUInt16LE(1, 56)
    head.writeUInt32LE(3, 64)
    head.writeBigUInt64LE(1024n, 64 + 8)
    head.writeBigUInt64LE(BigInt(loader.length + 1), 64 + 32)
    head.write(loader, 1024)
    writeFileSync(path, head)
    expect((await checkBundle(path)).format?.needs).toBe(needs)
  }
})

test('a list that lies costs no more than an honest one: neither many places, nor many lists, nor what has no end', async () => {
  const [first] = libraries
  const [listed] = bundled
  if (!first || !listed) throw new Error('There are no libraries.')
  // Each file claims all that follows, at each of thousands of places: terabytes, if it were believed.
  const many = Array.from({ length: 2000 }, (_, index) => ({
    ...listed,
    name: `${index}.so`,
    compressed: { ...listed.compressed, bytes: 4_000_000 },
  }))
  const places = Array.from({ length: 40_000 }, () => first.frame.subarray(0, 100))
  writeFileSync(
    path,
    Buffer.concat([elf(), renderContents({ ...contents, files: many }), ...places, Buffer.alloc(4_000_000)]),
  )
  const check = await checkBundle(path)
  expect(check.problems).toHaveLength(2000)
  // A frame of a few kilobytes that unpacks to gigabytes, as the list says it would.
  const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024))
  const endless = {
    ...listed,
    bytes: 2 ** 50,
    compressed: { bytes: bomb.byteLength, sha256: sha256(bomb), start: bomb.toString('hex', 0, startBytes) },
  }
  writeFileSync(
    path,
    Buffer.concat([elf(), renderContents({ ...contents, files: [endless] }), bomb, Buffer.alloc(100)]),
  )
  expect((await checkBundle(path)).problems).toEqual([`${listed.name} is damaged, or not there.`])
  // Lists of megabytes that are none, one in the other.
  const line = renderContents(contents).toString('latin1').slice(0, 92).replace(/\d{8}/, '04000000')
  writeFileSync(path, Buffer.concat([elf(), Buffer.from(line.repeat(60_000)), renderContents(contents)]))
  expect((await checkBundle(path)).problems.join()).toContain('no list of files')
})

test('anything else is told apart, and nothing of it is believed', async () => {
  for (const content of ['', 'MZ', '\x7fELF', '#!/bin/sh\n', Buffer.alloc(100_000)]) {
    writeFileSync(path, content)
    expect((await checkBundle(path)).problems.join()).toContain('no program')
  }
  const lies = [
    { files: [{ ...bundled[0], bytes: -1 } as BundledFile] },
    { version: '1\u001b[2J' },
    { target: 'a\nb' },
    { target: 'a\u2028b' },
  ]
  for (const lie of lies) {
    writeFileSync(path, Buffer.concat([elf(), renderContents({ ...contents, ...lie })]))
    expect((await checkBundle(path)).problems.join()).toContain('no list of files')
  }
  await expect(checkBundle(place)).rejects.toThrow(NoFile)
  writeFileSync(path, elf())
  truncateSync(path, 2 ** 40)
  expect((await checkBundle(path)).problems.join()).toContain('larger than any executable of Hearth')
})

test('bytes are found over the borders of the pieces, each once', async () => {
  const content = Buffer.alloc(9 * 1024 * 1024)
  const wanted = [0, 4 * 1024 * 1024 - 2, 4 * 1024 * 1024 + 30, 8 * 1024 * 1024, content.byteLength - 4]
  for (const at of wanted) content.write('HERE', at)
  writeFileSync(path, content)
  const { open } = await import('node:fs/promises')
  const file = await open(path)
  const found: number[] = []
  for await (const { at } of placesOf(file, Buffer.from('HERE'), 16)) found.push(at)
  await file.close()
  expect(found).toEqual(wanted)
})
