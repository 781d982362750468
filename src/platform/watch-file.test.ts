import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileWatch, type WatchOptions, watchFile } from './watch-file.ts'

let folder = ''
let watched: FileWatch | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-watch-'))
})
afterEach(() => {
  watched?.[Symbol.dispose]()
  watched = undefined
  rmSync(folder, { recursive: true, force: true })
})

/** A watch whose changes can be waited for, each of them once. */
async function start(path: string, options: Partial<WatchOptions> = {}) {
  let count = 0
  let taken = 0
  let wake = Promise.withResolvers<void>()
  const watch = watchFile(path, {
    settleMilliseconds: 30,
    ...options,
    onChange() {
      count++
      wake.resolve()
      wake = Promise.withResolvers()
    },
  })
  await watch.ready
  const next = async () => {
    while (count === taken) await wake.promise
    taken++
  }
  watched = watch
  return { next, count: () => count }
}

// Each way of being told has to see each way of changing a file.
describe.each([
  ['events', { pollMilliseconds: 60_000 }],
  ['looking now and then', { usesEvents: false, pollMilliseconds: 20 }],
] as const)('by %s', (_, options) => {
  test('a file that is written in place', async () => {
    const path = join(folder, 'config.yaml')
    writeFileSync(path, 'port: 1')
    const { next } = await start(path, options)
    writeFileSync(path, 'port: 2')
    await next()
    writeFileSync(path, 'port: 3')
    await next()
  })

  test('a file that another one takes the place of, as most editors save', async () => {
    const path = join(folder, 'config.yaml')
    writeFileSync(path, 'port: 1')
    const { next } = await start(path, options)
    writeFileSync(`${path}.new`, 'port: 2')
    renameSync(`${path}.new`, path)
    await next()
  })

  test('a file that is moved away before the new one is written, as vim saves', async () => {
    const path = join(folder, 'config.yaml')
    writeFileSync(path, 'port: 1')
    const { next, count } = await start(path, options)
    renameSync(path, `${path}~`)
    writeFileSync(path, 'port: 2')
    rmSync(`${path}~`)
    await next()
    expect(count()).toBe(1)
  })

  test('a link that is made to point elsewhere, as Kubernetes does it', async () => {
    for (const [name, text] of [
      ['..1', 'port: 1'],
      ['..2', 'port: 2'],
    ] as const) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'config.yaml'), text)
    }
    symlinkSync('..1', join(folder, '..data'))
    symlinkSync(join('..data', 'config.yaml'), join(folder, 'config.yaml'))
    const { next } = await start(join(folder, 'config.yaml'), options)
    symlinkSync('..2', join(folder, '..data_tmp'))
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
    await next()
  })

  test('a file that comes, goes, and comes again', async () => {
    const path = join(folder, 'config.yaml')
    const { next } = await start(path, options)
    writeFileSync(path, 'port: 1')
    await next()
    rmSync(path)
    await next()
    writeFileSync(path, 'port: 1')
    await next()
  })

  test('a file that nobody may read any more', async () => {
    const path = join(folder, 'config.yaml')
    writeFileSync(path, 'port: 1')
    const { next } = await start(path, options)
    chmodSync(path, 0)
    await next()
  })
})

test('what is written in pieces is told once it is whole', async () => {
  const path = join(folder, 'config.yaml')
  writeFileSync(path, 'port: 1')
  const { next, count } = await start(path, { settleMilliseconds: 300 })
  for (const text of ['', 'port', 'port: ', 'port: 2']) writeFileSync(path, text)
  await next()
  expect(count()).toBe(1)
})

test('links into other folders, and folders that are not there yet, are looked at now and then', async () => {
  const [target, path] = [join(folder, 'elsewhere', 'real.yaml'), join(folder, 'etc', 'config.yaml')]
  mkdirSync(join(folder, 'elsewhere'))
  const { next } = await start(path, { pollMilliseconds: 20 })
  mkdirSync(join(folder, 'etc'))
  writeFileSync(target, 'port: 1')
  symlinkSync(target, path)
  await next()
  writeFileSync(target, 'port: 22')
  await next()
})

test('what is disposed of tells nothing', async () => {
  const path = join(folder, 'config.yaml')
  const { count } = await start(path, { pollMilliseconds: 10 })
  watched?.[Symbol.dispose]()
  const other = await start(path, { pollMilliseconds: 10 })
  writeFileSync(path, 'port: 1')
  await other.next()
  expect(count()).toBe(0)
})
