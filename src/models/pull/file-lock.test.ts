import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { takeFileLock } from './file-lock.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-lock-'))
  path = join(folder, 'lock')
})
afterEach(() => rm(folder, { recursive: true }))

const signal = new AbortController().signal

test('is held by one at a time, and gone afterwards', async () => {
  let holders = 0
  let most = 0
  const work = async () => {
    await using _lock = await takeFileLock({ path, signal })
    most = Math.max(most, ++holders)
    await new Promise((resolve) => setImmediate(resolve))
    holders--
  }
  await Promise.all([work(), work(), work()])
  expect(most).toBe(1)
  expect(await readdir(folder)).toEqual([])
})

test('is taken over from a process that is gone, and from one that is silent for long', async () => {
  await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), id: 'gone' }))
  await (await takeFileLock({ path, signal }))[Symbol.asyncDispose]()
  await writeFile(path, JSON.stringify({ pid: process.pid, host: 'elsewhere', id: 'silent' }))
  const old = new Date(Date.now() - 60_000)
  await utimes(path, old, old)
  await (await takeFileLock({ path, signal }))[Symbol.asyncDispose]()
  expect(await readdir(folder)).toEqual([])
})

test('is taken over at once from a predecessor that had the number of this process, as in a container', async () => {
  await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname(), id: 'predecessor' }))
  const lock = await takeFileLock({ path, signal })
  const waiting = new AbortController()
  // Its own it does not take for one of a predecessor.
  const again = takeFileLock({ path, signal: waiting.signal, onWait: () => waiting.abort(new Error('held')) })
  await expect(again).rejects.toThrow('held')
  await lock[Symbol.asyncDispose]()
  expect(await readdir(folder)).toEqual([])
})

test('is waited for while its holder lives, until the waiting is stopped', async () => {
  await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, host: 'elsewhere', id: 'alive' }))
  const controller = new AbortController()
  const stop = () => controller.abort(new Error('enough'))
  await expect(takeFileLock({ path, signal: controller.signal, onWait: stop })).rejects.toThrow('enough')
  expect(await readdir(folder)).toEqual(['lock'])
})

test('is held by one at a time also where files can have no second name', async () => {
  const makeLink = () => Promise.reject(Object.assign(new Error('not supported'), { code: 'EPERM' }))
  const lock = await takeFileLock({ path, signal, makeLink })
  const waiting = new AbortController()
  const onWait = () => waiting.abort(new Error('held'))
  await expect(takeFileLock({ path, signal: waiting.signal, makeLink, onWait })).rejects.toThrow('held')
  await lock[Symbol.asyncDispose]()
  expect(await readdir(folder)).toEqual([])
  const broken = () => Promise.reject(Object.assign(new Error('broken disk'), { code: 'EIO' }))
  await expect(takeFileLock({ path, signal, makeLink: broken })).rejects.toThrow('broken disk')
})
