import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createMemoryLog } from '../test/fakes/memory-log.ts'
import { followKeysFile, type GivenKeys } from './compose-keys-file.ts'
import { composeReload } from './compose-reload.ts'
import { makeEnvironment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import { LiveValue } from './core/live.ts'

let folder = ''
let path = ''
let given: GivenKeys | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-keys-file-'))
  path = join(folder, 'keys')
})
afterEach(() => {
  given?.[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

function follow(named: string | undefined = path) {
  const live = new LiveValue<{ allowed_api_keys_file?: string }>(
    named === undefined ? {} : { allowed_api_keys_file: named },
  )
  const log = createMemoryLog()
  const timing = { settleMilliseconds: 10, pollMilliseconds: 20 }
  const followed = followKeysFile({ live, besides: ['of-variable'], log, timing })
  given = followed
  /** How many lines of this kind there are, once there are so many. */
  const told = (text: string, times = 1) =>
    log.waitFor(() => log.lines.filter(({ message }) => message.includes(text)).length >= times)
  return { live, log, told, keys: () => followed.keys }
}

test('keys of the file hold at once, and others as soon as it says so', async () => {
  writeFileSync(path, 'first-5ecret # laptop\n', { mode: 0o600 })
  const { keys, told, log } = follow()
  expect(keys()).toEqual(['of-variable', 'first-5ecret'])
  writeFileSync(path, 'second-5ecret\nof-variable\n')
  await told('API keys have changed')
  expect(keys()).toEqual(['of-variable', 'second-5ecret'])
  renameSync(path, `${path}~`)
  writeFileSync(path, 'third-5ecret')
  await told('API keys have changed', 2)
  expect(keys()).toEqual(['of-variable', 'third-5ecret'])
  expect(log.lines.at(-1)?.facts).toEqual({ file: path, keys: 1, added: 1, gone: 2 })
  expect(JSON.stringify(log.lines)).not.toContain('5ecret')
})

test('a secret that Kubernetes replaces is noticed', async () => {
  for (const [name, text] of Object.entries({ '..1': 'first', '..2': 'second' })) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'keys'), text)
  }
  symlinkSync('..1', join(folder, '..data'))
  symlinkSync(join('..data', 'keys'), path)
  const { keys, told } = follow()
  symlinkSync('..2', join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  await told('API keys have changed')
  expect(keys()).toEqual(['of-variable', 'second'])
})

test('a file that is gone, empty, out of reach or wrong takes no key and gives none', async () => {
  writeFileSync(path, 'first')
  const { keys, told, log } = follow()
  const isAsEver = () => expect(keys()).toEqual(['of-variable', 'first'])
  rmSync(path)
  await told('does not exist')
  isAsEver()
  writeFileSync(path, '\n')
  await told('is empty')
  isAsEver()
  writeFileSync(path, 'first\nsecond,5ecret')
  await told('line 2 has a comma')
  isAsEver()
  // The superuser may read everything.
  if (process.getuid?.() !== 0) {
    chmodSync(path, 0)
    await told('may not be read')
    isAsEver()
    chmodSync(path, 0o600)
  }
  writeFileSync(path, '# nobody')
  await told('it lets nobody in')
  expect(keys()).toEqual(['of-variable'])
  expect(JSON.stringify(log.lines)).not.toContain('5ecret')
})

test('another file that is named takes the place of the one before, and none leaves none', async () => {
  writeFileSync(path, 'first')
  const other = join(folder, 'other')
  writeFileSync(other, 'second')
  const { keys, live, told } = follow()
  live.set({ allowed_api_keys_file: other })
  expect(keys()).toEqual(['of-variable', 'second'])
  writeFileSync(path, 'third')
  writeFileSync(other, 'fourth')
  await told('API keys have changed')
  expect(keys()).toEqual(['of-variable', 'fourth'])
  live.set({})
  expect(keys()).toEqual(['of-variable'])
})

test('a file that is not there when it is named is taken when it comes', async () => {
  const { keys, told } = follow()
  expect(keys()).toEqual(['of-variable'])
  writeFileSync(path, 'late')
  await told('API keys have changed')
  expect(keys()).toEqual(['of-variable', 'late'])
})

test.skipIf(process.platform === 'win32')('a file that everybody may write is told', async () => {
  writeFileSync(path, 'first')
  chmodSync(path, 0o666)
  expect(
    follow()
      .log.lines.map(({ message }) => message)
      .join(),
  ).toContain(`chmod o-w ${path}`)
})

/** A server for others whose config.yaml becomes another one. */
async function reloaded(before: string, after: string) {
  const file = join(folder, 'config.yaml')
  const environment = makeEnvironment({
    ...{ variables: { HEARTH_HOME: folder }, platform: process.platform, home: folder, currentFolder: folder },
  })
  const load = (text = '') => loadConfig({ flags: { host: '0.0.0.0' }, environment, file: { path: file, text } })
  const live = new LiveValue(load(before).config)
  writeFileSync(file, after)
  using reload = composeReload({
    live,
    source: { path: file, text: before, load },
    environment,
    log: createMemoryLog(),
  })
  return reload.reload()
}

test('a server for others does not go on without the file that had it ask for keys, nor with one that cannot be used', async () => {
  writeFileSync(path, 'first')
  const named = `allowed_api_keys_file: ${path}`
  expect(await reloaded(named, '# nothing')).toMatchObject({
    state: 'kept',
    problems: [{ path: 'allowed_api_keys_file', message: expect.stringContaining('no API key') }],
  })
  expect(await reloaded(named, 'require_key: always')).toMatchObject({ state: 'current' })
  expect(await reloaded(named, 'allowed_api_keys_file: nowhere')).toMatchObject({
    state: 'kept',
    problems: [{ path: 'allowed_api_keys_file', message: expect.stringContaining('does not exist') }],
  })
})
