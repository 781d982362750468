import { expect, test } from 'bun:test'
import { mostRemembered, ShareAccounts } from './share-accounts.ts'

const waiting = (...names: string[]) => new Set(names)

test('slots are counted for as long as they run', () => {
  const accounts = new ShareAccounts()
  accounts.start('x', 1, 0)
  accounts.start('x', 2, 1000)
  expect(accounts.look(waiting('y'), 3000).get('x')).toMatchObject({ running: 2, usedSeconds: 5, startedAt: 2 })
  accounts.end('x', 4000)
  expect(accounts.look(waiting('y'), 6000).get('x')).toMatchObject({ running: 1, usedSeconds: 9 })
})

test('being away earns nothing: who comes back stands where the least of the others does', () => {
  const accounts = new ShareAccounts()
  accounts.start('x', 1, 0)
  accounts.look(waiting(), 60_000)
  expect(accounts.look(waiting('y'), 60_000).get('y')?.usedSeconds).toBe(60)
})

test('what was had beyond the others counts after a pause, and is forgotten when nobody is left', () => {
  const accounts = new ShareAccounts()
  accounts.start('x', 1, 0)
  accounts.look(waiting('y'), 10_000)
  accounts.end('x', 10_000)
  accounts.look(waiting('y'), 10_000)
  const again = accounts.look(waiting('x', 'y'), 11_000)
  expect((again.get('x')?.usedSeconds ?? 0) - (again.get('y')?.usedSeconds ?? 0)).toBe(10)
  expect(accounts.look(waiting(), 12_000).size).toBe(0)
  expect(accounts.look(waiting('x'), 12_000).get('x')?.usedSeconds).toBe(0)
})

test('a share is passed by every start of another one while it waits, until one of its own starts', () => {
  const accounts = new ShareAccounts()
  accounts.look(waiting('x', 'y'), 0)
  accounts.start('x', 1, 0)
  accounts.start('x', 2, 0)
  expect(accounts.look(waiting('y'), 0).get('y')?.passed).toBe(2)
  accounts.start('y', 3, 0)
  expect(accounts.look(waiting('y'), 0).get('y')?.passed).toBe(0)
})

test('only so many shares are remembered, and none that runs or waits is forgotten', () => {
  const accounts = new ShareAccounts()
  accounts.look(waiting('patient'), 0)
  for (let index = 0; index < mostRemembered + 500; index++) {
    accounts.start(`one${index}`, index, 0)
    accounts.look(waiting('patient'), 1000 * (index + 1))
    accounts.end(`one${index}`, 1000 * (index + 1))
  }
  const known = accounts.look(waiting('patient'), 1e9)
  expect(known.size).toBeLessThanOrEqual(mostRemembered)
  expect(known.has('patient')).toBe(true)
})
