import { afterEach, beforeEach, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createMemoryLog, type MemoryLog } from '../../test/fakes/memory-log.ts'
import { LiveValue } from '../core/live.ts'
import type { Config } from './config.ts'
import { ConfigReloader, type ReloaderParts } from './config-reloader.ts'
import { makeEnvironment } from './environment.ts'
import { loadConfig } from './load.ts'

let folder = ''
let reloader: ConfigReloader | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-reload-'))
})
afterEach(() => {
  reloader?.[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

interface Followed {
  readonly live: LiveValue<Config>
  readonly log: MemoryLog
  readonly reloader: ConfigReloader
  /** Resolves with the configuration once it is so. */
  until(isSo: (config: Config) => boolean): Promise<Config>
  write(text: string): void
  readonly path: string
}

async function follow(text: string | undefined, more: Partial<ReloaderParts> = {}): Promise<Followed> {
  const path = join(folder, 'config.yaml')
  if (text !== undefined) writeFileSync(path, text)
  const environment = makeEnvironment({
    variables: { HEARTH_MAX_QUEUE: '7' },
    platform: process.platform,
    home: folder,
    currentFolder: folder,
  })
  const load = (now?: string) =>
    loadConfig({ flags: { slots: '3' }, environment, ...(now !== undefined && { file: { path, text: now } }) })
  const live = new LiveValue(load(text).config)
  const log = createMemoryLog()
  reloader = new ConfigReloader({
    source: { path, ...(text !== undefined && { text }), load },
    live,
    log,
    now: () => 1_770_000_000_000,
    timing: { settleMilliseconds: 20, pollMilliseconds: 50, patienceMilliseconds: 60 },
    ...more,
  })
  await reloader.start()
  const until = (isSo: (config: Config) => boolean) =>
    new Promise<Config>((resolve) => {
      const look = (config: Config) => isSo(config) && resolve(config)
      live.onChange(look)
      look(live.current)
    })
  return { live, log, reloader, until, path, write: (now) => writeFileSync(path, now) }
}

const noVariables = () =>
  makeEnvironment({ variables: {}, platform: process.platform, home: folder, currentFolder: folder })

const isError = ({ level }: { level: string }) => level === 'error'

test('what changes in the file takes effect, and one line says what', async () => {
  const { until, write, log, reloader, live } = await follow('log_level: info\nmax_body_bytes: 1000')
  write('log_level: debug\nmax_body_bytes: 2000\nmodels: [{ id: big }]')
  await until(({ log_level }) => log_level === 'debug')
  expect(live.current).toMatchObject({ max_body_bytes: 2000, models: [{ id: 'big' }] })
  const { message, facts } = await log.waitFor(({ level }) => level === 'info')
  expect(message).toBe('the configuration has changed: max_body_bytes, log_level, models')
  expect(facts).toEqual({ max_body_bytes: '1000 → 2000', log_level: 'info → debug', models: 'new: big' })
  expect(reloader.standing).toMatchObject({ state: 'current', isWatched: true, changedSeconds: 1_770_000_000 })
})

test('flags and variables stay over the file', async () => {
  const { until, write, live } = await follow('')
  write('slots: 9\nmax_queue: 9\ntop_k: 9')
  await until(({ top_k }) => top_k === 9)
  expect(live.current).toMatchObject({ slots: 3, max_queue: 7 })
})

test('a mistake changes nothing at all, and the log says each with its place; then it is mended', async () => {
  const { until, write, log, reloader, live, path } = await follow('log_level: info')
  const before = live.current
  write('log_level: debug\nport: many\nfoo: 1')
  await log.waitFor(({ message }) => message.includes('foo'))
  expect(live.current).toBe(before)
  const lines = log.lines.filter(isError).map(({ message }) => message)
  expect(lines[0]).toContain('the configuration stays as it was')
  expect(lines.slice(1)).toEqual([
    expect.stringContaining(`${path}:2:7: port: found the text "many"`),
    expect.stringContaining(`${path}:3:1: foo: there is no such key`),
  ])
  expect(reloader.standing).toMatchObject({ state: 'kept', problems: [{ path: 'port' }, { path: 'foo' }] })
  write('log_level: info')
  await log.waitFor(({ message }) => message.includes('can be used again'))
  expect(reloader.standing).toMatchObject({ state: 'current', problems: [] })
  expect(live.current).toBe(before)
  write('log_level: warn')
  await until(({ log_level }) => log_level === 'warn')
})

test('what an editor has only begun to write is no mistake', async () => {
  const { until, write, log } = await follow('log_level: info', {
    timing: { settleMilliseconds: 5, pollMilliseconds: 10, patienceMilliseconds: 60_000 },
  })
  write('')
  write('log_level: [')
  write('log_level: debug')
  await until(({ log_level }) => log_level === 'debug')
  expect(log.lines.filter(isError)).toEqual([])
})

test('a file that is gone, empty or out of reach takes nothing back', async () => {
  const { until, write, log, reloader, live, path } = await follow('log_level: error')
  renameSync(path, `${path}~`)
  await log.waitFor(({ message }) => message.includes('does not exist'))
  expect(live.current.log_level).toBe('error')
  write('')
  await log.waitFor(({ message }) => message.includes('is empty'))
  expect(live.current.log_level).toBe('error')
  expect(reloader.standing.state).toBe('kept')
  // The superuser may read everything.
  if (process.getuid?.() !== 0) {
    write('log_level: debug')
    chmodSync(path, 0)
    await log.waitFor(({ message }) => message.includes('may not be read'))
    expect(live.current.log_level).toBe('error')
    chmodSync(path, 0o600)
  }
  write('# nothing is set')
  await until(({ log_level }) => log_level === 'info')
})

test('a file that comes later is taken, and none that never came is missed', async () => {
  const { until, write, log, reloader } = await follow(undefined)
  expect(await reloader.reload()).toMatchObject({ state: 'current', changes: [] })
  write('log_level: debug')
  await until(({ log_level }) => log_level === 'debug')
  expect(log.lines.filter(isError)).toEqual([])
})

test('what has changed since the start is not missed', async () => {
  const { until } = await follow('log_level: info', {
    source: {
      path: join(folder, 'config.yaml'),
      text: 'log_level: warn',
      load: (text = '') => loadConfig({ flags: {}, environment: noVariables(), file: { path: '', text } }),
    },
  })
  await until(({ log_level }) => log_level === 'info')
})

test('what needs a new start is named once, and stays as it is', async () => {
  const { write, log, reloader, live } = await follow('port: 8080')
  write('port: 9090\nlog_level: debug')
  const { message, facts } = await log.waitFor(({ level }) => level === 'warn')
  expect(message).toContain('started anew')
  expect(message).toEndWith(': port')
  expect(facts).toEqual({ port: '8080 → 9090' })
  expect(live.current).toMatchObject({ port: 8080, log_level: 'debug' })
  expect(reloader.standing.awaitsRestart).toEqual([{ key: 'port', isLive: false, text: '8080 → 9090' }])
  write('port: 9090\nlog_level: warn')
  await log.waitFor(({ facts }) => facts.log_level === 'debug → warn')
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  write('log_level: warn')
  await reloader.reload()
  expect(reloader.standing.awaitsRestart).toEqual([])
})

test('whoever asks has the file read at once, and is answered what came of it', async () => {
  const { write, reloader, live } = await follow('watch_config: false')
  expect(reloader.standing.isWatched).toBe(false)
  write('watch_config: false\nlog_level: debug')
  expect(await reloader.reload()).toMatchObject({ changes: [{ key: 'log_level', text: 'info → debug' }] })
  write('watch_config: maybe')
  expect(await reloader.reload()).toMatchObject({ state: 'kept', changes: [], problems: [{ path: 'watch_config' }] })
  write('watch_config: true')
  await reloader.reload()
  expect(reloader.standing).toMatchObject({ state: 'current', isWatched: true })
  write('watch_config: false')
  await reloader.reload()
  expect(reloader.standing.isWatched).toBe(false)
  expect(live.current.log_level).toBe('info')
})

test('what speaks against a configuration as a whole is a problem like any other', async () => {
  const { write, reloader, live } = await follow('require_key: always', {
    check: ({ require_key }) => (require_key === 'never' ? [{ path: 'require_key', message: 'the door is open' }] : []),
  })
  write('require_key: never')
  expect(await reloader.reload()).toMatchObject({ state: 'kept', problems: [{ message: 'the door is open' }] })
  expect(live.current.require_key).toBe('always')
})

test('what fails to follow keeps the rest from nothing, and is told', async () => {
  const { write, reloader, live, log } = await follow('')
  live.onChange(() => {
    throw new Error('the list cannot be made')
  })
  write('log_level: debug')
  await reloader.reload()
  expect(live.current.log_level).toBe('debug')
  expect(log.lines.filter(isError).map(({ message }) => message)).toEqual([
    expect.stringContaining('the list cannot be made'),
  ])
})

test.skipIf(process.platform === 'win32')(
  'what can be read once only, as <(command) in shells, is not waited for',
  async () => {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    const load = (text = '') => loadConfig({ flags: {}, environment: noVariables(), file: { path, text } })
    const { reloader, log } = await follow('', { source: { path, text: 'log_level: warn', load } })
    expect(reloader.standing).toMatchObject({ isWatched: false, state: 'current' })
    expect(log.lines).toEqual([])
    expect(await reloader.reload()).toMatchObject({
      state: 'kept',
      problems: [{ message: expect.stringContaining('a pipe') }],
    })
  },
)

test('of a file that is none of ours not every line is told', async () => {
  const { write, reloader, log } = await follow('log_level: warn')
  write(Array.from({ length: 50 }, (_, index) => `name${index}: 1`).join('\n'))
  expect((await reloader.reload()).problems).toHaveLength(20)
  expect(log.lines.filter(isError)).toHaveLength(22)
  expect(log.lines.at(-1)?.message).toStartWith('and 30 more')
  write(`# ${'x'.repeat(2 ** 20)}`)
  expect((await reloader.reload()).problems).toMatchObject([{ message: expect.stringContaining('more than 1024 KiB') }])
})
