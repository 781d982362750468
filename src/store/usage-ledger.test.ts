import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiKeyStore } from './api-keys.ts'
import { createApiKeyStore } from './create-api-key-store.ts'
import { inMemory, openDatabase } from './database.ts'
import { dayOf, firstDayOf, type KeyUsage, noUse, untilTomorrow } from './key-usage.ts'
import { migrations } from './migrations.ts'
import { createUsageLedger, flushMilliseconds, otherModels } from './usage-ledger.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearth-usage-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let made = 0

function world(path = join(folder, String(++made), 'hearth.sqlite')) {
  const clock = { now: Date.UTC(2026, 10, 22, 12) }
  const now = () => clock.now
  const open = () => createApiKeyStore({ path, now })
  const problems: unknown[] = []
  const ledgerOf = (store: Pick<ApiKeyStore, 'addUsage' | 'usage'> = open()) =>
    createUsageLedger({ store, now, onProblem: (problem) => void problems.push(problem) })
  return { path, clock, open, ledgerOf, problems }
}

test('days are those of UTC', () => {
  const late = Date.UTC(2026, 10, 22, 23, 59, 59)
  expect([dayOf(late), untilTomorrow(late), firstDayOf(1, late)]).toEqual(['2026-11-22', 1000, '2026-11-22'])
  expect(firstDayOf(23, late)).toBe('2026-10-31')
})

test('what is counted shows at once, is written together, and outlives the process', () => {
  const { open, ledgerOf } = world()
  const store = open()
  const written: number[] = []
  const counting = {
    ...bound(store),
    addUsage: (use: readonly KeyUsage[], oldest: string) => {
      written.push(use.length)
      store.addUsage(use, oldest)
    },
  }
  const ledger = ledgerOf(counting)
  for (let count = 0; count < 100; count++)
    ledger.add('given-1', 'm', { requests: 1, promptTokens: 3, completionTokens: 2 })
  ledger.add('given-2', 'm', { embeddedTokens: 7 })
  expect(written).toEqual([])
  expect(ledger.list({ from: '2026-11-22', key: 'given-1' })).toEqual([
    {
      ...noUse,
      day: '2026-11-22',
      key: 'given-1',
      model: 'm',
      requests: 100,
      promptTokens: 300,
      completionTokens: 200,
    },
  ])
  expect([ledger.tokensToday('given-1'), ledger.tokensToday('given-2'), ledger.tokensToday('given-3')]).toEqual([
    500, 7, 0,
  ])
  ledger[Symbol.dispose]()
  expect(written).toEqual([2])
  ledger.add('given-1', 'm', { requests: 1 })
  ledger.flush()
  expect(written).toEqual([2])
  store[Symbol.dispose]()
  const again = ledgerOf()
  expect([again.tokensToday('given-1'), again.tokensToday('given-2')]).toEqual([500, 7])
  again.add('given-1', 'm', { promptTokens: 1 })
  expect(again.tokensToday('given-1')).toBe(501)
  expect(again.list({ from: '2026-01-01' }).map(({ key, promptTokens }) => [key, promptTokens])).toEqual([
    ['given-1', 301],
    ['given-2', 0],
  ])
})

test('it is written a little later by itself', async () => {
  const { ledgerOf } = world()
  const done = Promise.withResolvers<readonly KeyUsage[]>()
  const ledger = ledgerOf({ ...bound(world(inMemory).open()), addUsage: done.resolve })
  ledger.add('given-1', 'm', { requests: 1 })
  expect(flushMilliseconds).toBeLessThanOrEqual(5000)
  // The timer holds no process up, so something else has to.
  const held = setTimeout(() => done.reject(new Error('nothing was written')), 30_000)
  expect(await done.promise).toMatchObject([{ key: 'given-1', requests: 1 }])
  clearTimeout(held)
})

test('two servers with one file add up, and see what the other has written', () => {
  const { ledgerOf } = world()
  const [one, other] = [ledgerOf(), ledgerOf()]
  one.add('given-1', 'm', { promptTokens: 10 })
  other.add('given-1', 'm', { promptTokens: 5 })
  expect([one.tokensToday('given-1'), other.tokensToday('given-1')]).toEqual([10, 5])
  one.flush()
  other.flush()
  expect(other.tokensToday('given-1')).toBe(15)
  one.add('given-1', 'm', { promptTokens: 1 })
  one.flush()
  expect(one.tokensToday('given-1')).toBe(16)
})

test('a new day begins with nothing used, and old days are forgotten', () => {
  const { clock, ledgerOf } = world()
  const ledger = ledgerOf()
  ledger.add('given-1', 'm', { promptTokens: 10 })
  expect(ledger.tokensToday('given-1')).toBe(10)
  clock.now += 86_400_000
  expect(ledger.tokensToday('given-1')).toBe(0)
  ledger.add('given-1', 'm', { promptTokens: 1 })
  ledger.flush()
  expect(ledger.list({ from: '2026-01-01' }).map(({ day }) => day)).toEqual(['2026-11-23', '2026-11-22'])
  clock.now += 89 * 86_400_000
  ledger.add('given-1', 'm', { promptTokens: 1 })
  ledger.flush()
  expect(ledger.list({ from: '2026-01-01' }).map(({ day }) => day)).toEqual(['2027-02-20', '2026-11-23'])
})

test('nothing is lost while the file cannot be written, and the problem is told once', () => {
  const { problems, ledgerOf } = world()
  const store = world(inMemory).open()
  let isFull = true
  const ledger = ledgerOf({
    ...bound(store),
    addUsage(use, oldest) {
      if (isFull) throw new Error('the disk is full')
      store.addUsage(use, oldest)
    },
  })
  ledger.add('given-1', 'm', { requests: 1 })
  ledger.flush()
  ledger.add('given-1', 'm', { requests: 1 })
  ledger.flush()
  expect(problems).toHaveLength(1)
  isFull = false
  ledger.flush()
  ledger.flush()
  expect(store.usage({ from: '2026-01-01' })).toMatchObject([{ requests: 2 }])
  ledger[Symbol.dispose]()
})

test('a client that makes up names of models fills neither memory nor file', () => {
  const { ledgerOf } = world()
  const ledger = ledgerOf()
  for (let count = 0; count < 1000; count++) ledger.add('given-1', `other/${count}`, { promptTokens: 1 })
  ledger.add('given-2', 'x'.repeat(1e6), { promptTokens: 1 })
  const used = ledger.list({ from: '2026-01-01' })
  expect(used).toHaveLength(258)
  expect(used.find(({ model }) => model === otherModels)).toMatchObject({ key: 'given-1', promptTokens: 744 })
  expect(used.at(-1)).toMatchObject({ key: 'given-2', model: otherModels })
})

test('a key that is forgotten takes its use along', () => {
  const { open } = world()
  using store = open()
  const { key } = store.create({ name: 'a', scopes: ['inference'] })
  const use = [{ ...noUse, day: '2026-11-22', key: key.id, model: 'm', requests: 1 }]
  store.addUsage(use, '2026-01-01')
  expect(store.usage({ from: '2026-01-01' })).toEqual(use)
  store.remove('a')
  expect(store.usage({ from: '2026-01-01' })).toEqual([])
  // A running server writes what it had counted before.
  store.addUsage(use, '2026-01-01')
  expect(store.usage({ from: '2026-01-01' })).toEqual([])
})

test('use of a key that is revoked or rotated stays, and more of it is added', () => {
  const { open, ledgerOf } = world()
  using store = open()
  using ledger = ledgerOf(store)
  const { key } = store.create({ name: 'a', scopes: ['inference'] })
  ledger.add(key.id, 'm', { promptTokens: 1 })
  store.rotate('a')
  ledger.flush()
  ledger.add(key.id, 'm', { promptTokens: 2 })
  store.revoke('a')
  ledger.flush()
  expect(ledger.list({ from: '2026-01-01' })).toMatchObject([{ key: key.id, promptTokens: 3 }])
})

test('however much a provider says that it has used, use can be written and read', () => {
  const { open, ledgerOf, problems } = world()
  using store = open()
  using ledger = ledgerOf(store)
  for (let count = 0; count < 2; count++) {
    ledger.add('given-1', 'm', { promptTokens: Number.MAX_SAFE_INTEGER, completionTokens: 5 })
    ledger.add('given-1', 'm', { promptTokens: Number.MAX_SAFE_INTEGER, completionTokens: 5 })
    ledger.flush()
  }
  expect(problems).toEqual([])
  expect(ledger.list({ from: '2026-01-01' })).toMatchObject([
    { promptTokens: Number.MAX_SAFE_INTEGER, completionTokens: 20 },
  ])
})

test('limits are kept, changed one by one, and taken back', () => {
  using store = world().open()
  const { key } = store.create({ name: 'a', scopes: ['inference'], limits: { requestsPerMinute: 60, tokensPerDay: 0 } })
  expect(store.list()).toEqual([key])
  expect(store.limit('a', { tokensPerMinute: 1000, tokensPerDay: null }).limits).toEqual({
    requestsPerMinute: 60,
    tokensPerMinute: 1000,
  })
  expect(store.list()[0]?.limits).toEqual({ requestsPerMinute: 60, tokensPerMinute: 1000 })
  expect(store.rotate('a').key.limits).toEqual({ requestsPerMinute: 60, tokensPerMinute: 1000 })
  expect(store.limit('a', { requestsPerMinute: null, tokensPerMinute: null })).not.toHaveProperty('limits')
  store.revoke('a')
  expect(() => store.limit('a', { tokensPerDay: 1 })).toThrow('revoked')
  expect(() => store.limit('b', { tokensPerDay: 1 })).toThrow("'b'")
})

test('a file of the version before takes its keys along', () => {
  const { path, open } = world()
  const before = openDatabase(
    path,
    migrations.filter(({ number }) => number <= 2),
  )
  before.run(
    `INSERT INTO api_keys (id, name, digest, start, scopes, created_seconds) VALUES ('key-1', 'old', 'd', 'sk-', '["read"]', 5)`,
  )
  before[Symbol.dispose]()
  using store = open()
  expect(store.list()).toEqual([{ id: 'key-1', name: 'old', start: 'sk-', scopes: ['read'], createdSeconds: 5 }])
  expect(store.limit('old', { tokensPerDay: 5 }).limits).toEqual({ tokensPerDay: 5 })
  expect(readFileSync(path).length).toBeGreaterThan(0)
})

const bound = (store: ReturnType<ReturnType<typeof world>['open']>) => ({
  addUsage: store.addUsage.bind(store),
  usage: store.usage.bind(store),
})
