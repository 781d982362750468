import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { CudaPlan } from '../../platform/cuda/cuda-plan.ts'
import { type BackendsCall, inFolder, loadBackends } from './load-backends.ts'

let folder: string

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-backends-')))
  for (const name of ['libggml-cpu-haswell.so', 'libggml-cpu-x64.so', 'libggml-base.so', 'libggml-cuda.so'])
    writeFileSync(join(folder, name), '')
  mkdirSync(join(folder, 'fallback'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** An addon that writes down what it would have loaded: our folder by its name, any other one by what lies in it. */
function spyAddon() {
  const loaded: string[] = []
  const addon: BackendsCall['addon'] = {
    loadBackends(from) {
      if (from === undefined) loaded.push('linked in')
      else if (from === folder) loaded.push('everything')
      else if (from.startsWith(folder)) loaded.push(from.slice(folder.length + 1))
      else loaded.push(...readdirSync(from).toSorted())
    },
    getGpuType: () => undefined,
  }
  return { addon, loaded }
}

const use = (major: 12 | 13): CudaPlan => ({
  type: 'use',
  major,
  driver: '13.1',
  runtime: { source: 'own', folder: '/data/cuda', files: ['/data/cuda/first', '/data/cuda/second'] },
})

const leave = (reason: (CudaPlan & { type: 'leave' })['reason'], major?: 12 | 13): CudaPlan => ({
  type: 'leave',
  reason,
  ...(major && { major }),
  problem: 'it is not there',
  remedy: 'Put it there.',
})

test('libraries that are not for CUDA are loaded as they lie there', () => {
  const { addon, loaded } = spyAddon()
  expect(loadBackends({ addon, folder })).toBeUndefined()
  expect(loaded).toEqual(['linked in', 'everything'])
})

test('the runtime is opened in its order before the library for CUDA 13', () => {
  const { addon, loaded } = spyAddon()
  expect(loadBackends({ addon, folder, cuda: use(13), open: (path) => void loaded.push(path) })).toEqual(use(13))
  expect(loaded).toEqual(['linked in', '/data/cuda/first', '/data/cuda/second', 'everything'])
})

test.skipIf(process.platform === 'win32')('with CUDA 12 the library for 13 is left alone', () => {
  const { addon, loaded } = spyAddon()
  const before = linksInTemporaryFolder()
  loadBackends({ addon, folder, cuda: use(12), open: (path) => void loaded.push(path) })
  const cpu = ['libggml-cpu-haswell.so', 'libggml-cpu-x64.so']
  expect(loaded).toEqual(['linked in', '/data/cuda/first', '/data/cuda/second', 'fallback', ...cpu])
  expect(linksInTemporaryFolder()).toEqual(before)
})

const linksInTemporaryFolder = () => readdirSync(tmpdir()).filter((name) => name.startsWith('hearth-cpu-'))

test.skipIf(process.platform === 'win32')('libraries that would crash on the GPUs are not loaded at all', () => {
  for (const reason of ['old-driver', 'unfit-gpu'] as const) {
    const { addon, loaded } = spyAddon()
    loadBackends({ addon, folder, cuda: leave(reason) })
    expect(loaded).toEqual(['linked in', 'libggml-cpu-haswell.so', 'libggml-cpu-x64.so'])
  }
})

test.skipIf(process.platform === 'win32')(
  'where the runtime of 12 is missing, 13 is no way out for the same GPUs',
  () => {
    const { addon, loaded } = spyAddon()
    loadBackends({ addon, folder, cuda: leave('no-runtime', 12) })
    expect(loaded).toEqual(['linked in', 'fallback', 'libggml-cpu-haswell.so', 'libggml-cpu-x64.so'])
  },
)

test('where nothing was found ggml may still look for itself', () => {
  const { addon, loaded } = spyAddon()
  expect(loadBackends({ addon, folder, cuda: leave('no-driver') })).toEqual(leave('no-driver'))
  expect(loaded).toEqual(['linked in', 'everything'])
})

test('a runtime that cannot be opened is told with the words of the system', () => {
  const { addon, loaded } = spyAddon()
  const open = (path: string) => {
    throw new Error(`${path}: file too short`)
  }
  expect(loadBackends({ addon, folder, cuda: use(13), open })).toMatchObject({
    type: 'leave',
    reason: 'no-runtime',
    problem: 'the CUDA runtime in /data/cuda cannot be opened: /data/cuda/first: file too short',
  })
  expect(loaded).toEqual(['linked in', 'everything'])
})

test('work is done in its folder, and the one before comes back, also after an error', async () => {
  const before = process.cwd()
  expect(await inFolder(folder, () => process.cwd())).toBe(folder)
  expect(process.cwd()).toBe(before)
  const failing = inFolder(folder, () => {
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(process.cwd()).toBe(before)
})
