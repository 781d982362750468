import { afterEach, expect, test } from 'bun:test'
import { createResponseStore } from './create-response-store.ts'
import { inMemory } from './database.ts'

const day = 86_400_000
let time = 1_770_000_000_000
const store = createResponseStore({
  path: inMemory,
  self: { id: 'a', host: 'h', process: 1 },
  limits: { days: 30, bytes: 2 ** 30 },
  isProcessRunning: () => true,
  now: () => time,
})
const elsewhere = { provider: 'other', id: 'resp_1' }
afterEach(() => store[Symbol.dispose]())

test('a response elsewhere is its first key’s, of that provider alone, for as long as responses are kept', () => {
  expect(store.isOwn(elsewhere)).toBe(true)
  store.claim(elsewhere)
  expect(store.isOwn(elsewhere, 'ann')).toBe(false)
  store.claim(elsewhere, 'ann')
  store.claim(elsewhere, 'bob')
  expect([store.isOwn(elsewhere, 'ann'), store.isOwn(elsewhere, 'bob')]).toEqual([true, false])
  expect(store.isOwn({ ...elsewhere, provider: 'third' }, 'ann')).toBe(false)
  time += 29 * day
  store.tidy()
  expect(store.isOwn(elsewhere, 'ann')).toBe(true)
  time += 2 * day
  store.tidy()
  expect(store.isOwn(elsewhere, 'ann')).toBe(false)
})
