import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryLog } from '../test/fakes/memory-log.ts'
import { isForOthers } from './compose-addresses.ts'
import { allowedHosts, composeDoor, noteDoor } from './compose-keys.ts'
import { makeEnvironment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import { ServerError } from './core/errors.ts'
import { LiveValue } from './core/live.ts'
import { Statistics } from './observe/statistics.ts'
import type { KeyRing } from './store/key-ring.ts'

const at = (host: string) => [{ address: { type: 'tcp', host, port: 8080, isSecure: false } }] as const

const ring = (isAsked: () => boolean, problem?: ServerError): KeyRing => ({
  isAsked,
  problem,
  find: () => ({ state: 'unknown' }),
  [Symbol.dispose]: () => {},
})

test('a server on a loopback address has names of its own, and one for others has any, unless it is told some', () => {
  const own = [hostname().toLowerCase(), `${hostname().toLowerCase()}.local`]
  for (const host of ['127.0.0.1', '::1', 'localhost', '127.1.2.3'])
    expect(allowedHosts({}, at(host))).toEqual([...own, host])
  expect(allowedHosts({ allowed_hosts: ' Desk.lan,, .example.com ' }, at('127.0.0.1'))).toEqual([
    ...own,
    '127.0.0.1',
    'desk.lan',
    '.example.com',
  ])
  expect(allowedHosts({ allowed_hosts: ['Desk.lan', '.example.com '] }, at('127.0.0.1'))).toEqual(
    allowedHosts({ allowed_hosts: 'desk.lan, .example.com' }, at('127.0.0.1')),
  )
  expect(allowedHosts({ allowed_hosts: [] }, at('0.0.0.0'))).toBe('any')
  const file = { address: { type: 'unix', path: '/run/h.sock', mode: 0o660 } } as const
  expect(allowedHosts({}, [file])).toEqual(own)
  expect(allowedHosts({}, [file, ...at('0.0.0.0')])).toBe('any')
  for (const host of ['0.0.0.0', '::', '192.168.1.2', 'desk.lan']) expect(allowedHosts({}, at(host))).toBe('any')
  expect(allowedHosts({ allowed_hosts: 'desk' }, at('0.0.0.0'))).toEqual([...own, '0.0.0.0', 'desk'])
  expect(allowedHosts({ allowed_hosts: '*' }, at('127.0.0.1'))).toBe('any')
})

test('a door that is open to others is told, and one that opens for nobody', () => {
  const told = (host: string, isAsked: () => boolean) => {
    const log = createMemoryLog()
    return [
      noteDoor(ring(isAsked), { urls: [`http://${host}:8080`], isForOthers: isForOthers(at(host)), log }),
      log.lines.map(({ message }) => message).join(),
    ]
  }
  expect(told('127.0.0.1', () => false)).toEqual([false, ''])
  expect(told('0.0.0.0', () => true)).toEqual([true, ''])
  expect(told('0.0.0.0', () => false)).toEqual([false, expect.stringContaining('0.0.0.0:8080')])
  const fail = () => {
    throw new ServerError('keys_unavailable', { file: { path: '/x', problem: 'it is locked' } })
  }
  const log = createMemoryLog()
  const problem = new ServerError('keys_unavailable', { file: { path: '/x', problem: 'it is damaged' } })
  expect(
    noteDoor(
      ring(() => false, problem),
      { urls: ['http://127.0.0.1:8080'], isForOthers: false, log },
    ),
  ).toBe(false)
  expect(log.lines[0]?.message).toBe(
    'no key is asked for: nothing in the file looks like one, and the API keys in /x cannot be used: it is damaged.',
  )
  expect(told('127.0.0.1', fail)).toEqual([true, expect.stringContaining('it is locked')])
})

test('a change of the configuration after which no key is asked for is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-door-'))
  const file = join(folder, 'keys')
  writeFileSync(file, 'a-key\n')
  const environment = makeEnvironment({
    variables: { HEARTH_HOME: folder },
    platform: 'linux',
    home: folder,
    currentFolder: folder,
  })
  const { config } = loadConfig({ flags: { 'allowed-api-keys-file': file }, environment })
  const live = new LiveValue(config)
  const log = createMemoryLog()
  const limits = new LiveValue({ requestsPerMinute: 0, tokensPerMinute: 0 })
  const addresses = at('127.0.0.1')
  const { keys, accounts } = composeDoor({
    config,
    addresses,
    live,
    environment,
    log,
    limits,
    statistics: new Statistics(() => 0),
  })
  const warnings = () => log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
  live.set({ ...config, log_level: 'debug' })
  expect([keys.isAsked(), warnings()]).toEqual([true, []])
  const { allowed_api_keys_file: _, ...open } = config
  live.set(open)
  expect([keys.isAsked(), warnings()]).toEqual([false, [expect.stringContaining('no API key is asked for any more')]])
  live.set({ ...open, require_key: 'always' })
  live.set(open)
  expect(warnings()).toHaveLength(2)
  accounts[Symbol.dispose]()
  keys[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})
