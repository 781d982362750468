import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { PassThrough, Readable } from 'node:stream'
import { makeEnvironment } from '../../config/environment.ts'
import { cutSilent, giveFile } from '../../models/pull/test-hub.ts'
import { readOwnRuntime } from '../../platform/cuda/own-runtime.ts'
import type { CommandContext } from '../command.ts'
import type { WheelsCall } from './fetch-wheels.ts'
import { findIndex } from './find-index.ts'
import { installCuda } from './install-command.ts'
import { runtimeWheels } from './runtime-packages.ts'
import { tinyLibrary } from './tiny-library.fixture.ts'
import { type TinyWheel, tinyWheel } from './tiny-wheel.fixture.ts'

const onLinux = test.skipIf(process.platform !== 'linux')
const libraries = {
  cudart: { 'libcudart.so.13': tinyLibrary('libcudart.so.13') },
  cublas: {
    'libcublas.so.13': tinyLibrary('libcublas.so.13', 2000),
    'libcublasLt.so.13': tinyLibrary('libcublasLt.so.13', 60_000),
  },
}

let place: string
let wheels: readonly TinyWheel[]

beforeEach(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-install-')))
  wheels = [
    await tinyWheel({ package: 'nvidia-cuda-runtime', version: '13.1.80', libraries: libraries.cudart }),
    await tinyWheel({ package: 'nvidia-cublas', version: '13.2.1.1', libraries: libraries.cublas }),
  ]
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

interface Asked {
  readonly path: string
  readonly range: string | undefined
  readonly authorization: string | undefined
}

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean

/** An index with the simple API, and the files beside it. `answer` says whether it has answered a request itself. */
async function startIndex({ form = 'json', answer = () => false }: { form?: 'json' | 'html'; answer?: Answer } = {}) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, range: request.headers.range, authorization: request.headers.authorization })
    if (answer(request, response)) return
    const file = wheels.find(({ row }) => path === `/files/${row.file}`)
    if (file) return void giveFile({ request, response, body: file.bytes })
    const listed = wheels.find(({ row }) => path === `/simple/${row.package}/`)?.row.file
    if (!listed) return void response.writeHead(404).end()
    const url = `../../files/${listed}`
    const type = form === 'json' ? 'application/vnd.pypi.simple.v1+json' : 'text/html'
    response.writeHead(200, { 'content-type': type })
    response.end(
      form === 'json'
        ? JSON.stringify({
            files: [
              { filename: 'other.whl', url: 'x' },
              { filename: listed, url },
            ],
          })
        : `<!DOCTYPE html><a href="${url}#sha256=0f" data-requires-python="&gt;=3">${listed}</a><br/>`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    asked,
    url: (user = '') => `http://${user}127.0.0.1:${port}/simple`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Given {
  readonly flags: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly how?: WheelsCall['how']
}

/** Runs the command in `place`; what it writes is text. */
async function install({ flags, signal = new AbortController().signal, how }: Given) {
  let [output, errors] = ['', '']
  const stderr = new PassThrough().on('data', (text) => {
    errors += text
  })
  const context: CommandContext = {
    ...{ flags, operands: ['install'], problems: [] },
    environment: makeEnvironment({
      variables: { HEARTH_HOME: join(place, 'data'), PATH: '/nowhere' },
      platform: process.platform,
      home: join(place, 'home'),
      currentFolder: place,
    }),
    streams: { input: Readable.from([]), output: new PassThrough().resume(), errors: stderr },
    write: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
    },
  }
  const rows = wheels.map(({ row }) => row)
  // Nothing of this machine: its own index is on the network.
  const find: typeof findIndex = (call) => findIndex({ ...call, readText: () => '', runTool: async () => undefined })
  const code = await installCuda({
    context,
    major: 13,
    signal,
    wheels: rows,
    find,
    ...(how && { how }),
  })
  return { code, output, errors }
}

const impatient = { patience: { connect: 10_000, stall: 10_000, retry: 1, longestRetry: 10, attempts: 1 } }

const own = () => join(place, 'data/cuda/13')

function expectInstalled() {
  for (const [name, bytes] of Object.entries({ ...libraries.cudart, ...libraries.cublas }))
    expect(readFileSync(join(own(), name)).equals(bytes)).toBe(true)
  expect(readdirSync(join(place, 'data/cuda'))).toEqual(['13'])
}

onLinux('three libraries and the licences are taken out of the wheels, and nothing else stays', async () => {
  await using index = await startIndex()
  const { code, output, errors } = await install({ flags: { index: index.url(), yes: 'true' } })
  expect(code).toBe(0)
  expect(output).toMatch(
    /^Installed in .*cuda\/13 \(6\d\.\d kB\): nvidia-cuda-runtime 13\.1\.80, nvidia-cublas 13\.2\.1\.1\.\n$/,
  )
  expect(errors).toContain('End User License Agreement')
  expectInstalled()
  expect(readdirSync(own()).toSorted()).toEqual([
    ...['LICENSE-nvidia_cublas.txt', 'LICENSE-nvidia_cuda_runtime.txt'],
    ...['libcublas.so.13', 'libcublasLt.so.13', 'libcudart.so.13', 'runtime.json'],
  ])
  expect(readOwnRuntime(join(place, 'data'), 13)?.from).toBe('nvidia-cuda-runtime 13.1.80, nvidia-cublas 13.2.1.1')
})

onLinux('an index of the older kind does as well, and one with a user in its address is shown who asks', async () => {
  await using index = await startIndex({ form: 'html' })
  expect((await install({ flags: { index: index.url('ann:s%40crt@'), yes: 'true' } })).code).toBe(0)
  expectInstalled()
  const basic = `Basic ${Buffer.from('ann:s@crt').toString('base64')}`
  expect(index.asked.map(({ authorization }) => authorization)).toEqual([basic, basic, basic, basic])
})

onLinux('a download that was interrupted is continued by the next one', async () => {
  const [downloads, cublas] = [join(place, 'data/cuda/downloads'), wheels[1] as TinyWheel]
  let isFirst = true
  const answer: Answer = (request, response) => {
    if (!isFirst || !request.url?.includes('cublas-')) return false
    isFirst = false
    return giveFile({ request, response, body: cublas.bytes, silentAfter: 30_000 })
  }
  await using index = await startIndex({ answer })
  const stop = new AbortController()
  mkdirSync(downloads, { recursive: true })
  const part = join(downloads, `${cublas.row.file}.part`)
  const watcher = watch(downloads, () => {
    if (existsSync(part) && statSync(part).size === 30_000) stop.abort(new Error('stopped by hand'))
  })
  const flags = { index: index.url(), yes: 'true' }
  await expect(install({ flags, signal: stop.signal }).finally(() => watcher.close())).rejects.toThrow(
    'stopped by hand',
  )
  cutSilent()
  expect(existsSync(own())).toBe(false)
  expect((await install({ flags })).code).toBe(0)
  expectInstalled()
  const files = index.asked.filter(({ path }) => path.startsWith('/files/'))
  expect(files.map(({ path, range }) => [path.includes('cublas'), range])).toEqual([
    [false, undefined],
    [true, undefined],
    [true, 'bytes=30000-'],
  ])
})

onLinux('what has another sum than the table is not taken, whatever the index says', async () => {
  const [first, second] = wheels as [TinyWheel, TinyWheel]
  const changed = Buffer.from(second.bytes)
  changed.writeUInt8(changed.readUInt8(100) ^ 1, 100)
  wheels = [first, { row: second.row, bytes: changed }]
  await using index = await startIndex()
  await expect(install({ flags: { index: index.url(), yes: 'true' }, how: impatient })).rejects.toThrow(
    'gives a file with the sha256',
  )
  expect(existsSync(own())).toBe(false)
})

onLinux('an index without the wheel says so, with how to do it by hand', async () => {
  await using index = await startIndex({ answer: (_, response) => Boolean(response.writeHead(404).end()) })
  const failed = install({ flags: { index: index.url(), yes: 'true' } })
  await expect(failed).rejects.toMatchObject({
    message: expect.stringMatching(/asked for nvidia-cuda-runtime, answers 404: there is no such file\.$/),
    hint: expect.stringMatching(/pip download .*nvidia-cublas==13\.2\.1\.1.*hearth cuda install --major 13 --from/),
  })
})

onLinux('files that the index does not give to everybody are told in its own words', async () => {
  await using index = await startIndex({
    answer: (request, response) => Boolean(request.url?.startsWith('/files/') && response.writeHead(403).end()),
  })
  const failed = install({ flags: { index: index.url(), yes: 'true' }, how: impatient })
  await expect(failed).rejects.toThrow(/answers 403: it wants another user/)
  await expect(failed).rejects.not.toThrow('HF_TOKEN')
})

onLinux('nothing is fetched before somebody has said yes', async () => {
  await using index = await startIndex()
  await expect(install({ flags: { index: index.url() } })).rejects.toThrow(
    'Nothing is fetched without a question or --yes.',
  )
  expect(index.asked).toEqual([])
})

onLinux('without an index nobody guesses one', async () => {
  await expect(install({ flags: { yes: 'true' } })).rejects.toMatchObject({
    message: 'Nothing on this machine says where Python packages come from.',
    hint: expect.stringContaining('Name an index with --index URL'),
  })
})

onLinux('a folder with wheels does without the network', async () => {
  mkdirSync(join(place, 'usb'))
  for (const { row, bytes } of wheels) writeFileSync(join(place, 'usb', row.file), bytes)
  expect((await install({ flags: { from: 'usb' } })).code).toBe(0)
  expectInstalled()
})

onLinux('so does one with libraries, as a toolkit lays them out', async () => {
  mkdirSync(join(place, 'toolkit/lib64'), { recursive: true })
  for (const [name, bytes] of Object.entries({ ...libraries.cudart, ...libraries.cublas }))
    writeFileSync(join(place, 'toolkit/lib64', name), bytes)
  expect((await install({ flags: { from: join(place, 'toolkit') } })).code).toBe(0)
  expectInstalled()
})

onLinux('a folder that lacks one, and a file that is no library, leave what was there', async () => {
  mkdirSync(join(place, 'usb'))
  for (const [name, bytes] of Object.entries({ ...libraries.cudart, ...libraries.cublas }))
    writeFileSync(join(place, 'usb', name), bytes)
  expect((await install({ flags: { from: 'usb' } })).code).toBe(0)
  writeFileSync(join(place, 'usb/libcublas.so.13'), 'a page of a proxy')
  await expect(install({ flags: { from: 'usb' } })).rejects.toThrow('libcublas.so.13 is no shared library')
  rmSync(join(place, 'usb/libcublasLt.so.13'))
  await expect(install({ flags: { from: 'usb' } })).rejects.toThrow('libcublasLt.so.13 missing')
  expectInstalled()
})

onLinux('a wheel whose content is not what its RECORD says is damaged', async () => {
  mkdirSync(join(place, 'usb'))
  const [first] = wheels as [TinyWheel]
  const wrong = await tinyWheel({ ...first.row, libraries: libraries.cublas, recordedSum: 'AAAA' })
  for (const { row, bytes } of [first, { row: { ...wrong.row, file: 'second.whl' }, bytes: wrong.bytes }])
    writeFileSync(join(place, 'usb', row.file), bytes)
  await expect(install({ flags: { from: 'usb' } })).rejects.toThrow('is damaged: nvidia/cu13/lib/libcublas.so.13')
  expect(existsSync(own())).toBe(false)
  expect(readdirSync(join(place, 'data/cuda'))).toEqual([])
})

onLinux('what a killed installation left goes with the next one', async () => {
  mkdirSync(join(place, 'data/cuda/.new-13-0'), { recursive: true })
  writeFileSync(join(place, 'data/cuda/.new-13-0/libcublasLt.so.13'), 'half')
  await using index = await startIndex()
  expect((await install({ flags: { index: index.url(), yes: 'true' } })).code).toBe(0)
  expectInstalled()
})

onLinux('what is here already is not fetched again, unless a byte of it is another', async () => {
  await using index = await startIndex()
  const flags = { index: index.url(), yes: 'true' }
  await install({ flags })
  const first = index.asked.length
  expect(await install({ flags: { index: index.url() } })).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^Already installed in .*cuda\/13/),
  })
  expect(index.asked).toHaveLength(first)
  writeFileSync(join(own(), 'libcublasLt.so.13'), Buffer.alloc(statSync(join(own(), 'libcublasLt.so.13')).size))
  expect((await install({ flags })).output).toStartWith('Installed in')
  expectInstalled()
})

onLinux('of two at once the second waits, and finds the work done', async () => {
  await using index = await startIndex()
  const flags = { index: index.url(), yes: 'true' }
  const both = await Promise.all([install({ flags }), install({ flags })])
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(both.map(({ output }) => output.split(' in ')[0]).toSorted()).toEqual(['Already installed', 'Installed'])
  expect(index.asked.filter(({ path }) => path.startsWith('/files/'))).toHaveLength(2)
  expectInstalled()
})

onLinux('what came of the other version stays for its own installation', async () => {
  const downloads = join(place, 'data/cuda/downloads')
  const [other] = runtimeWheels('linux', 'x64', 12)
  mkdirSync(downloads, { recursive: true })
  for (const name of [`${other?.file}.part`, `${other?.file}.part.json`, 'old.whl'])
    writeFileSync(join(downloads, name), '')
  await using index = await startIndex()
  await install({ flags: { index: index.url(), yes: 'true' } })
  const isX64 = process.arch === 'x64'
  expect(existsSync(downloads) && readdirSync(downloads).toSorted()).toEqual(
    isX64 && [`${other?.file}.part`, `${other?.file}.part.json`],
  )
})

/** A folder of libraries as a toolkit has them, and others in place of some. */
function putLibraries(folder: string, others: Readonly<Record<string, Buffer>> = {}) {
  mkdirSync(join(place, folder), { recursive: true })
  for (const [name, bytes] of Object.entries({ ...libraries.cudart, ...libraries.cublas, ...others }))
    writeFileSync(join(place, folder, name), bytes)
}

onLinux('libraries for another processor, or of another version inside, are refused by name', async () => {
  const other = process.arch === 'arm64' ? 'x64' : 'arm64'
  putLibraries('board', { 'libcublas.so.13': tinyLibrary('libcublas.so.13', 9, other) })
  await expect(install({ flags: { from: 'board' } })).rejects.toThrow(`libcublas.so.13 is for linux-${other}, and this`)
  putLibraries('renamed', { 'libcublas.so.13': tinyLibrary('libcublas.so.12') })
  await expect(install({ flags: { from: 'renamed' } })).rejects.toThrow(
    'is libcublas.so.12 inside, not libcublas.so.13',
  )
  putLibraries('cut', { 'libcublas.so.13': libraries.cublas['libcublas.so.13'].subarray(0, 100) })
  await expect(install({ flags: { from: 'cut' } })).rejects.toThrow(/libcublas\.so\.13 is (no shared library|damaged)/)
  expect(existsSync(own())).toBe(false)
})

onLinux('so are wheels for another processor, and two that hold the same', async () => {
  const other = process.arch === 'arm64' ? 'x64' : 'arm64'
  const [first, second] = wheels as [TinyWheel, TinyWheel]
  const strange = { 'libcublas.so.13': tinyLibrary('libcublas.so.13', 9, other) }
  const wrong = await tinyWheel({ ...second.row, libraries: { ...libraries.cublas, ...strange } })
  mkdirSync(join(place, 'usb'))
  const put = (name: string, bytes: Buffer) => writeFileSync(join(place, 'usb', name), bytes)
  put(first.row.file, first.bytes)
  put(second.row.file, wrong.bytes)
  await expect(install({ flags: { from: 'usb' } })).rejects.toThrow(`is for linux-${other}`)
  put(second.row.file, second.bytes)
  put('nvidia_cublas-13.9.9.9-py3-none-any.whl', second.bytes)
  await expect(install({ flags: { from: 'usb' } })).rejects.toThrow(/holds libcublas(Lt)?\.so\.13, and so does another/)
  expect(existsSync(own())).toBe(false)
})

onLinux('a folder with the other version is told with what takes it', async () => {
  mkdirSync(join(place, 'older'))
  for (const name of ['libcudart.so.12', 'libcublas.so.12', 'libcublasLt.so.12'])
    writeFileSync(join(place, 'older', name), tinyLibrary(name))
  await expect(install({ flags: { from: 'older' } })).rejects.toMatchObject({
    hint: 'What is there is of CUDA 12: --major 12 takes it.',
  })
})
