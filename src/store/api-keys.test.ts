import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerError } from '../core/errors.ts'
import type { ApiKeyWish } from './api-keys.ts'
import { createApiKeyStore } from './create-api-key-store.ts'
import { createResponseStore } from './create-response-store.ts'
import { inMemory } from './database.ts'
import { createKeyRing, type KeyRingOptions } from './key-ring.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearth-keys-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let made = 0
const freshPath = () => join(folder, String(++made), 'hearth.sqlite')

/** A clock, and what is read by it. */
function world(path = freshPath()) {
  const clock = { now: 1_770_000_000_000 }
  const open = () => createApiKeyStore({ path, now: () => clock.now })
  const ring = (options: Partial<KeyRingOptions> = {}) => {
    const store = options.store ?? open()
    return createKeyRing({ given: [], isRequired: 'auto', isForOthers: false, now: () => clock.now, ...options, store })
  }
  return { path, clock, open, ring }
}
const wish = (rest: Partial<ApiKeyWish> = {}): ApiKeyWish => ({ name: 'laptop', scopes: ['inference'], ...rest })
const codeOf = (work: () => unknown) => {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof ServerError ? error.code : error
  }
}
const textIn = (path: string) =>
  readdirSync(join(path, '..'))
    .map((name) => readFileSync(join(path, '..', name), 'latin1'))
    .join('')

test('a server for others that was never said to be open asks for a key whatever becomes of the keys', () => {
  const { open, ring, clock } = world()
  using store = open()
  const { secret } = store.create(wish())
  const closed = ring({ store, isForOthers: true, neverOpens: true })
  expect([closed.isAsked(), closed.find(secret).state]).toEqual([true, 'valid'])
  store.remove('laptop')
  clock.now += 1000
  expect([closed.isAsked(), closed.find(secret).state]).toEqual([true, 'unknown'])
  expect(ring({ store, isForOthers: true, neverOpens: true, isRequired: 'never' }).isAsked()).toBe(true)
  expect(ring({ store, isForOthers: true }).isAsked()).toBe(false)
})

describe('a key', () => {
  test('is 256 random bits behind a prefix, and its last letters are their checksum', () => {
    using store = world(inMemory).open()
    const secrets = Array.from({ length: 50 }, (_, index) => store.create(wish({ name: `${index}` })).secret)
    for (const secret of secrets) expect(secret).toMatch(/^sk-hearth-[0-9A-Za-z]{49}$/)
    expect(new Set(secrets).size).toBe(50)
    const ring = createKeyRing({ store, given: [], isRequired: 'auto', isForOthers: false, now: () => 0 })
    const [secret = ''] = secrets
    const wrong = secret.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
    for (const text of [wrong, secret.slice(0, -1), 'sk-hearth-', `${secret}0`])
      expect(ring.find(text).state).toBe('mistyped')
    for (const text of ['', 'sk-other', `x${secret}`]) expect(ring.find(text).state).toBe('unknown')
  })

  test('is kept as a digest only, in a file for its owner only', () => {
    const { path, open } = world()
    using store = open()
    const { secret, key } = store.create(wish())
    expect(key.start).toBe(secret.slice(0, 14))
    const random = secret.slice('sk-hearth-'.length)
    expect(textIn(path)).toContain('laptop')
    expect(textIn(path)).not.toContain(random)
    for (const name of readdirSync(join(path, '..'))) expect(statSync(join(path, '..', name)).mode & 0o777).toBe(0o600)
    expect(JSON.stringify(store.list())).not.toContain(random)
  })

  test('has a name of its own until it is revoked', () => {
    using store = world(inMemory).open()
    const { key } = store.create(wish())
    expect(codeOf(() => store.create(wish()))).toBe('key_name_taken')
    expect(store.revoke('laptop').revokedSeconds).toBe(1_770_000_000)
    const second = store.create(wish()).key
    expect(store.revoke('laptop').id).toBe(second.id)
    expect(store.revoke(key.id).id).toBe(key.id)
    expect(store.list()).toHaveLength(2)
    expect(codeOf(() => store.rotate(key.id))).toBe('key_is_revoked')
    store.remove(key.id)
    expect(store.list().map(({ id }) => id)).toEqual([second.id])
  })

  test('that is not there is told, and looking for it makes no file', () => {
    const { path, open } = world()
    using store = open()
    expect(store.list()).toEqual([])
    for (const work of [() => store.revoke('x'), () => store.rotate('x'), () => store.remove('x')])
      expect(codeOf(work)).toBe('key_not_found')
    expect(() => statSync(path)).toThrow()
    store.create(wish())
    expect(codeOf(() => store.revoke('x'))).toBe('key_not_found')
  })

  test('that is rotated has another secret at once, and lives as long again', () => {
    const { clock, open, ring } = world()
    using store = open()
    const before = store.create(wish({ expiresSeconds: 1_770_000_000 + 100, models: ['a'] }))
    const keys = ring({ store })
    expect(keys.find(before.secret).state).toBe('valid')
    clock.now += 90_000
    const after = store.rotate('laptop')
    expect(after.key).toMatchObject({ id: before.key.id, models: ['a'], expiresSeconds: 1_770_000_190 })
    expect([keys.find(before.secret).state, keys.find(after.secret).state]).toEqual(['unknown', 'valid'])
    expect(store.list()).toEqual([after.key])
  })
})

describe('a ring of keys', () => {
  test('asks for none until there is one, and then for as long as there is one, valid or not', () => {
    const { clock, open, ring, path } = world()
    const keys = ring()
    expect(keys.isAsked()).toBe(false)
    expect(() => statSync(path)).toThrow()
    using other = open()
    const { key } = other.create(wish())
    clock.now += 500
    expect(keys.isAsked()).toBe(true)
    other.revoke(key.id)
    clock.now += 500
    expect(keys.isAsked()).toBe(true)
    other.remove(key.id)
    clock.now += 500
    expect(keys.isAsked()).toBe(false)
  })

  test('asks always or never where it is told so', () => {
    const { ring, open } = world()
    expect(ring({ isRequired: 'always' }).isAsked()).toBe(true)
    using store = open()
    store.create(wish())
    expect([ring({ isRequired: 'never' }).isAsked(), ring().isAsked()]).toEqual([false, true])
  })

  test('takes keys that the server was given, for everything, each as one of its own', () => {
    const { ring, path } = world()
    const keys = ring({ given: ['one', 'two'] })
    expect(keys.isAsked()).toBe(true)
    expect([keys.find('one'), keys.find('two')]).toMatchObject([
      { state: 'valid', key: { id: 'given-1', scopes: ['admin'] } },
      { state: 'valid', key: { id: 'given-2' } },
    ])
    expect(keys.find('three').state).toBe('unknown')
    expect(() => statSync(path)).toThrow()
  })

  test('sees within half a second what others change', () => {
    const { clock, open, ring } = world()
    using other = open()
    const keys = ring()
    const { secret, key } = other.create(wish())
    expect(keys.find(secret).state).toBe('valid')
    other.revoke(key.id)
    clock.now += 499
    expect(keys.find(secret).state).toBe('valid')
    clock.now += 1
    expect(keys.find(secret).state).toBe('revoked')
    clock.now -= 3_600_000
    other.remove(key.id)
    expect(keys.find(secret).state).toBe('unknown')
  })

  test('refuses a key from the second on in which it expires', () => {
    const { clock, open, ring } = world()
    using store = open()
    const { secret } = store.create(wish({ expiresSeconds: 1_770_000_060 }))
    const keys = ring({ store })
    clock.now += 59_999
    expect(keys.find(secret).state).toBe('valid')
    clock.now += 1
    expect(keys.find(secret).state).toBe('expired')
  })

  test('stays closed when the file is removed, also when another one is made', () => {
    const { path, clock, open, ring } = world()
    using store = open()
    const { secret } = store.create(wish())
    const keys = ring()
    expect(keys.isAsked()).toBe(true)
    for (const name of readdirSync(join(path, '..'))) rmSync(join(path, '..', name))
    clock.now += 500
    expect([keys.isAsked(), keys.find(secret).state]).toEqual([true, 'unknown'])
    using responses = createResponseStore({
      path,
      self: { id: 'server-1', host: 'here', process: 1 },
      limits: { days: 30, bytes: 2 ** 30 },
      isProcessRunning: () => true,
      now: () => clock.now,
    })
    responses.check()
    clock.now += 500
    expect([keys.isAsked(), keys.find(secret).state]).toEqual([true, 'unknown'])
  })

  test('lets nobody in by a file that cannot be read, but by the keys that it was given', () => {
    const { path, ring, clock, open } = world()
    open().create(wish())
    writeFileSync(path, 'this is no database at all, and it is long enough to be looked at')
    for (const name of ['-wal', '-shm']) rmSync(path + name, { force: true })
    expect(codeOf(() => ring({ isForOthers: true }).isAsked())).toBe('keys_unavailable')
    const keys = ring({ given: ['one'] })
    expect([keys.isAsked(), keys.find('one').state, codeOf(() => keys.find('two'))]).toEqual([
      true,
      'valid',
      'keys_unavailable',
    ])
    rmSync(path)
    clock.now += 500
    expect(keys.find('two').state).toBe('unknown')
    writeFileSync(join(folder, 'file'), '')
    expect(ring({ store: world(join(folder, 'file', 'x')).open() }).isAsked()).toBe(false)
  })

  test('asks for none by a damaged file that shows no sign of keys, but of a server for others that never saw it whole', () => {
    const { path, ring, clock, open } = world()
    using store = open()
    store.remove(store.create(wish()).key.id)
    store[Symbol.dispose]()
    const damage = (text: string) => {
      // Another file, as a copy of a backup would be.
      for (const name of ['', '-wal', '-shm']) rmSync(path + name, { force: true })
      writeFileSync(path, text.padEnd(4096, '?'))
    }
    const whole = ring({ isForOthers: true })
    expect([whole.isAsked(), whole.problem]).toEqual([false, undefined])
    damage('this is no database')
    clock.now += 500
    expect([whole.isAsked(), codeOf(() => whole.find('one'))]).toEqual([false, 'keys_unavailable'])
    const fresh = ring()
    expect([fresh.isAsked(), fresh.problem?.code]).toEqual([false, 'keys_unavailable'])
    expect(codeOf(() => ring({ isForOthers: true }).isAsked())).toBe('keys_unavailable')
    expect(ring({ isRequired: 'always' }).isAsked()).toBe(true)
    // What may have been a row of a key.
    damage(`${'?'.repeat(1000)}laptopsk-hearth-abcd`)
    clock.now += 500
    for (const each of [whole, fresh]) expect(codeOf(() => each.isAsked())).toBe('keys_unavailable')
  })

  test('stays closed by a damaged file that had keys, whatever is left in it', () => {
    const { path, ring, clock, open } = world()
    const store = open()
    store.create(wish())
    store[Symbol.dispose]()
    const keys = ring()
    expect(keys.isAsked()).toBe(true)
    keys[Symbol.dispose]()
    // Without its head it is no database, and the rows are there all the same.
    const bytes = readFileSync(path).fill(63, 0, 100)
    rmSync(path)
    writeFileSync(path, bytes)
    clock.now += 500
    for (const each of [keys, ring()]) expect(codeOf(() => each.isAsked())).toBe('keys_unavailable')
    writeFileSync(path, 'nothing at all'.padEnd(4096, '?'))
    clock.now += 500
    expect([codeOf(() => keys.isAsked()), ring().isAsked()]).toEqual(['keys_unavailable', false])
  })

  test('has the use of a key written soon, once a minute, and never by who looks', () => {
    const { clock, open, ring } = world()
    using other = open()
    const { secret } = other.create(wish())
    const used = () => other.list()[0]?.lastUsedSeconds
    const use = () => {
      const store = open()
      const keys = ring({ store })
      return { store, keys, again: () => expect(keys.find(secret).state).toBe('valid') }
    }
    const { store, again } = use()
    again()
    expect(used()).toBeUndefined()
    clock.now += 30_000
    again()
    store[Symbol.dispose]()
    expect(used()).toBe(1_770_000_000)
    clock.now += 60_000
    const next = use()
    next.again()
    next.store[Symbol.dispose]()
    expect(used()).toBe(1_770_000_090)
  })
})

test('keys that are given may become others, and each keeps its number for as long as the server runs', () => {
  const { open } = world()
  let given: readonly string[] = ['one', 'two']
  using keys = createKeyRing({
    ...{ store: open(), isRequired: 'auto', isForOthers: false, now: () => 0 },
    get given() {
      return given
    },
  })
  const idOf = (secret: string) => {
    const finding = keys.find(secret)
    return finding.state === 'valid' ? finding.key.id : finding.state
  }
  expect([idOf('one'), idOf('two')]).toEqual(['given-1', 'given-2'])
  given = ['three', 'two']
  expect([idOf('one'), idOf('two'), idOf('three')]).toEqual(['unknown', 'given-2', 'given-3'])
  given = ['one']
  expect([idOf('one'), idOf('two')]).toEqual(['given-1', 'unknown'])
  given = []
  expect([keys.isAsked(), idOf('one')]).toEqual([false, 'unknown'])
})

test('where a file is named that keys are to stand in, one is asked for', () => {
  const { ring } = world()
  expect(ring({ hasFileOfGiven: true }).isAsked()).toBe(true)
  expect(ring({ hasFileOfGiven: true, isRequired: 'never' }).isAsked()).toBe(false)
})
