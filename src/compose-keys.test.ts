import { expect, test } from 'bun:test'
import { hostname } from 'node:os'
import { createMemoryLog } from '../test/fakes/memory-log.ts'
import { allowedHosts, noteDoor } from './compose-keys.ts'
import { ServerError } from './core/errors.ts'
import type { KeyRing } from './store/key-ring.ts'

const ring = (isAsked: () => boolean, problem?: ServerError): KeyRing => ({
  isAsked,
  problem,
  find: () => ({ state: 'unknown' }),
  [Symbol.dispose]: () => {},
})

test('a server on a loopback address has names of its own, and one for others has any, unless it is told some', () => {
  const own = [hostname().toLowerCase(), `${hostname().toLowerCase()}.local`]
  for (const host of ['127.0.0.1', '::1', 'localhost', '127.1.2.3'])
    expect(allowedHosts({ host })).toEqual([...own, host])
  expect(allowedHosts({ host: '127.0.0.1', allowed_hosts: ' Desk.lan,, .example.com ' })).toEqual([
    ...own,
    '127.0.0.1',
    'desk.lan',
    '.example.com',
  ])
  for (const host of ['0.0.0.0', '::', '192.168.1.2', 'desk.lan']) expect(allowedHosts({ host })).toBe('any')
  expect(allowedHosts({ host: '0.0.0.0', allowed_hosts: 'desk' })).toEqual([...own, '0.0.0.0', 'desk'])
  expect(allowedHosts({ host: '127.0.0.1', allowed_hosts: '*' })).toBe('any')
})

test('a door that is open to others is told, and one that opens for nobody', () => {
  const told = (host: string, isAsked: () => boolean) => {
    const log = createMemoryLog()
    return [noteDoor(ring(isAsked), { host, port: 8080, log }), log.lines.map(({ message }) => message).join()]
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
      { host: '127.0.0.1', port: 8080, log },
    ),
  ).toBe(false)
  expect(log.lines[0]?.message).toBe(
    'no key is asked for: nothing in the file looks like one, and the API keys in /x cannot be used: it is damaged.',
  )
  expect(told('127.0.0.1', fail)).toEqual([true, expect.stringContaining('it is locked')])
})
