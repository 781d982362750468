import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createResponseStore, type ResponseStoreOptions } from './create-response-store.ts'
import { inMemory, openDatabase } from './database.ts'
import { migrations } from './migrations.ts'
import type { StoredResponse } from './response-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearth-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let made = 0
const freshPath = () => join(folder, String(++made), 'hearth.sqlite')
const day = 86_400_000

const open = (options: Partial<ResponseStoreOptions> = {}) =>
  createResponseStore({
    path: inMemory,
    self: { id: 'server-1', host: 'here', process: 1 },
    limits: { days: 30, bytes: 2 ** 30 },
    isProcessRunning: () => true,
    now: () => 1_770_000_000_000,
    ...options,
  })

const response = (id: string, rest: Partial<StoredResponse> = {}): StoredResponse => ({
  id,
  createdSeconds: 1_770_000_000,
  isBackground: false,
  body: { id, status: 'completed' },
  output: [{ id: `msg_${id}`, body: { text: `answer ${id}` } }],
  ...rest,
})
const question = (id: string) => [{ id: `in_${id}`, body: { text: `question ${id}` } }]
const ids = (items: readonly { id: string }[] | undefined) => items?.map((item) => item.id)

describe('a kept response', () => {
  test('is given back whole, and is gone after it was deleted', () => {
    using store = open()
    store.add(response('a'), question('a'), 'done')
    expect(store.get('a')).toEqual({ ...response('a'), state: 'done' })
    expect(store.delete('a')).toBe(true)
    expect([store.get('a'), store.delete('a'), store.item('msg_a')]).toEqual([undefined, false, undefined])
  })

  test('is updated with a new body and output', () => {
    using store = open()
    store.add(response('a', { output: [] }), question('a'), 'running')
    expect(store.update({ id: 'a', body: { status: 'failed' }, output: response('a').output }, 'done')).toBe(true)
    expect(store.get('a')).toMatchObject({ body: { status: 'failed' }, state: 'done' })
    expect(ids(store.get('a')?.output)).toEqual(['msg_a'])
    expect(store.update({ id: 'b', body: {}, output: [] }, 'done')).toBe(false)
  })

  test('keeps what was told while it was made, as long as it is there', () => {
    using store = open()
    store.add(response('a'), [], 'done')
    store.keepEvents('a', 'one\ntwo')
    store.keepEvents('absent', 'three')
    expect([store.events('a'), store.events('absent')]).toEqual(['one\ntwo', undefined])
    store.delete('a')
    expect(store.events('a')).toBeUndefined()
  })
})

describe('a conversation', () => {
  const chained = () => {
    const store = open()
    store.add(response('a'), question('a'), 'done')
    store.add(response('b', { previousId: 'a' }), question('b'), 'done')
    store.add(response('c', { previousId: 'b' }), question('c'), 'done')
    return store
  }

  test('is input and output of all that was continued, oldest first', () => {
    using store = chained()
    expect(ids(store.conversation('c', 'p'))).toEqual(['in_a', 'msg_a', 'in_b', 'msg_b', 'in_c', 'msg_c'])
  })

  test('that has lost a part is refused with the id of it', () => {
    using store = chained()
    store.delete('a')
    expect(() => store.conversation('c', 'previous_response_id')).toThrow("'a'")
    expect(() => store.conversation('x', 'previous_response_id')).toThrow("'x'")
  })

  test('is listed in pages, in both orders, without the output of the response itself', () => {
    using store = chained()
    const first = store.inputItems('c', { order: 'descending', limit: 2 })
    expect([ids(first?.items), first?.hasMore]).toEqual([['in_c', 'msg_b'], true])
    const rest = store.inputItems('c', { order: 'descending', limit: 9, after: 'msg_b' })
    expect([ids(rest?.items), rest?.hasMore]).toEqual([['in_b', 'msg_a', 'in_a'], false])
    expect(ids(store.inputItems('c', { order: 'ascending', limit: 1 })?.items)).toEqual(['in_a'])
    expect(store.inputItems('c', { order: 'ascending', limit: 1, after: 'absent' })).toBeUndefined()
  })

  test('gives an item by its id, and the newest of several', () => {
    using store = chained()
    store.add(response('d'), [{ id: 'in_a', body: { text: 'again' } }], 'done')
    expect(store.item('in_a')?.body).toEqual({ text: 'again' })
    expect(store.item('absent')).toBeUndefined()
  })
})

describe('what is too old or too much', () => {
  test('goes after its days, but not before what continues it', () => {
    let now = 1_770_000_000_000
    using store = open({ now: () => now })
    store.add(response('a'), question('a'), 'done')
    store.add(response('lone'), question('lone'), 'done')
    store.add(response('b', { previousId: 'a', createdSeconds: 1_770_000_000 + 20 * 86_400 }), question('b'), 'done')
    now += 31 * day
    store.tidy()
    expect([store.get('a')?.id, store.get('b')?.id, store.get('lone')]).toEqual(['a', 'b', undefined])
    now += 20 * day
    store.tidy()
    store.tidy()
    expect([store.get('a'), store.get('b')]).toEqual([undefined, undefined])
  })

  test('goes oldest first until all fit again', () => {
    using store = open({ limits: { days: 30, bytes: 2 ** 20 } })
    const long = [{ id: 'in', body: { text: 'x'.repeat(20_000) } }]
    for (let n = 0; n < 100; n++) store.add(response(`r${n}`, { createdSeconds: 1_770_000_000 + n }), long, 'done')
    while (store.tidy());
    expect([store.get('r0'), store.get('r99')?.id]).toEqual([undefined, 'r99'])
  })
})

test('an old conversation goes as a whole before the end of a younger one does', () => {
  using store = open({ limits: { days: 30, bytes: 2 ** 20 } })
  const long = [{ id: 'in', body: { text: 'x'.repeat(200_000) } }]
  for (const [name, at] of [
    ['old', 0],
    ['young', 10],
  ] as const)
    for (let turn = 0; turn < 4; turn++) {
      const previous = turn > 0 && { previousId: `${name}${turn - 1}` }
      store.add(response(`${name}${turn}`, { ...previous, createdSeconds: 1_770_000_000 + at + turn }), long, 'done')
    }
  while (store.tidy());
  expect([store.get('old0'), store.get('young3')?.id]).toEqual([undefined, 'young3'])
})

describe('a response that a server works on', () => {
  const path = freshPath()
  const begin = (options: Partial<ResponseStoreOptions> = {}) => {
    const store = open({ path, ...options })
    store.add(response(`x${++made}`, { isBackground: true }), [], 'running')
    return { store, id: `x${made}` }
  }
  const other = { id: 'server-2', host: 'here', process: 2 }

  test('is running for every server while that one lives', () => {
    const { store, id } = begin()
    using first = store
    using second = open({ path, self: other })
    expect([first.get(id)?.state, second.get(id)?.state]).toEqual(['running', 'running'])
  })

  test('is lost at once where the process is gone, and where its number has a new owner', () => {
    const { store, id } = begin()
    store[Symbol.dispose]()
    using second = open({ path, self: other, isProcessRunning: () => false })
    using third = open({ path, self: { ...other, id: 'server-3', process: 1 } })
    expect([second.get(id)?.state, third.get(id)?.state]).toEqual(['lost', 'lost'])
  })

  test('is lost after a silence where nobody can ask for the process', () => {
    const { store, id } = begin()
    using first = store
    expect(first.get(id)?.state).toBe('running')
    using elsewhere = open({ path, self: { ...other, host: 'there' }, now: () => 1_770_000_000_000 + 60_000 })
    expect(elsewhere.get(id)?.state).toBe('lost')
  })
})

describe('the file', () => {
  test('is readable for its owner only, with those beside it, and holds nothing before it is asked', () => {
    const path = freshPath()
    using store = open({ path })
    expect(() => statSync(path)).toThrow()
    store.add(response('a'), question('a'), 'done')
    const modes = readdirSync(join(path, '..')).map((name) => statSync(join(path, '..', name)).mode & 0o777)
    expect(modes.length).toBeGreaterThanOrEqual(2)
    expect(new Set(modes)).toEqual(new Set([0o600]))
  })

  test('keeps everything for the next server, and nothing of what was deleted', () => {
    const path = freshPath()
    const first = open({ path })
    first.add(response('a'), question('a'), 'done')
    first.add(response('secret'), [{ id: 'in', body: { text: 'the-secret-words' } }], 'done')
    first.delete('secret')
    const files = readdirSync(join(path, '..')).map((name) => readFileSync(join(path, '..', name), 'latin1'))
    expect(files.join('')).not.toContain('the-secret-words')
    first[Symbol.dispose]()
    using second = open({ path })
    expect(second.get('a')?.id).toBe('a')
    second[Symbol.dispose]()
    expect(readFileSync(path, 'latin1')).not.toContain('the-secret-words')
  })

  test('may be written by two servers at once', () => {
    const path = freshPath()
    using first = open({ path })
    using second = open({ path, self: { id: 'server-2', host: 'here', process: 2 } })
    for (let n = 0; n < 50; n++) {
      first.add(response(`a${n}`), question('a'), 'done')
      second.add(response(`b${n}`), question('b'), 'done')
    }
    expect([first.get('b49')?.id, second.get('a49')?.id]).toEqual(['b49', 'a49'])
  })

  test('goes on to be written after a newer server has given each table a further column', () => {
    const path = freshPath()
    using store = open({ path })
    store.add(response('a'), question('a'), 'running')
    const tables = ['responses', 'items', 'events', 'servers', 'api_keys', 'key_usage']
    const further = { number: 99, sql: tables.map((table) => `ALTER TABLE ${table} ADD COLUMN further TEXT;`).join('') }
    openDatabase(path, [...migrations, further])[Symbol.dispose]()
    store.add(response('b'), question('b'), 'running')
    store.keepEvents('b', 'one')
    expect(store.update(response('b'), 'done')).toBe(true)
    expect(store.get('b')).toEqual({ ...response('b'), state: 'done' })
    expect([store.get('a')?.state, store.events('b')]).toEqual(['running', 'one'])
  })

  test('is not written to because it is opened, since the disk may be full', () => {
    const path = freshPath()
    using first = openDatabase(path)
    first.run("INSERT INTO servers (id, host, process, seen_milliseconds) VALUES ('a', 'here', 1, 1)")
    const [size, changes] = [statSync(`${path}-wal`).size, readFileSync(`${path}-wal`)]
    using second = openDatabase(path)
    expect(second.get<{ id: string }>('SELECT id FROM servers')).toEqual({ id: 'a' })
    expect(statSync(`${path}-wal`).size).toBe(size)
    expect(readFileSync(`${path}-wal`).equals(changes)).toBe(true)
    expect(second.get<object>('PRAGMA auto_vacuum')).toEqual({ auto_vacuum: 2 })
  })

  test('of a newer version is told with what to use it with, and stays as it is', () => {
    const path = freshPath()
    const before = open({ path })
    before.add(response('a'), question('a'), 'done')
    before[Symbol.dispose]()
    const steps = [...migrations, { number: 99, sql: '' }]
    openDatabase(path, steps)[Symbol.dispose]()
    const store = open({ path })
    expect(() => store.check()).toThrow('it belongs to a newer version of Hearth')
    store[Symbol.dispose]()
    using newer = openDatabase(path, steps)
    expect(newer.all('SELECT id FROM responses')).toEqual([{ id: 'a' }])
    expect(newer.all('SELECT number FROM migrations WHERE number > 90')).toEqual([{ number: 99 }])
  })

  test.each(['folder', 'rubbish', 'newer'])('that cannot be used (%s) is told with what to do, each time', (kind) => {
    const path = freshPath()
    if (kind === 'folder') writeFileSync(join(folder, String(made)), '')
    else if (kind === 'rubbish') {
      openDatabase(path)[Symbol.dispose]()
      writeFileSync(path, 'this is no database at all, and it is long enough to be looked at')
    } else {
      using newer = openDatabase(path, [{ number: 99, sql: '' }])
      newer.usedBytes()
    }
    using store = open({ path })
    for (const work of [() => store.check(), () => store.get('a'), () => store.add(response('a'), [], 'done')])
      expect(work).toThrow(`Responses cannot be kept in ${path}: `)
  })

  test('that becomes usable is used', () => {
    const path = freshPath()
    const place = join(folder, String(made))
    writeFileSync(place, '')
    using store = open({ path })
    expect(() => store.check()).toThrow()
    rmSync(place)
    store.add(response('a'), [], 'done')
    expect(store.get('a')?.id).toBe('a')
  })

  test('that is removed while it is open is made anew, and not written to where nobody finds it', () => {
    const path = freshPath()
    const place = join(path, '..')
    using first = open({ path })
    using second = open({ path, self: { id: 'server-2', host: 'here', process: 2 } })
    first.add(response('a'), [], 'done')
    expect(second.get('a')?.id).toBe('a')
    for (const name of readdirSync(place)) rmSync(join(place, name))
    expect(first.get('a')).toBeUndefined()
    first.add(response('b'), [], 'done')
    expect(second.get('b')?.id).toBe('b')
    rmSync(path)
    first.add(response('c'), [], 'done')
    first[Symbol.dispose]()
    expect([second.get('b'), second.get('c')?.id]).toEqual([undefined, 'c'])
  })

  test('that is replaced while it is open is left alone, with word of what to do', () => {
    const [path, backup] = [freshPath(), freshPath()]
    const before = open({ path: backup })
    before.add(response('kept'), [], 'done')
    before[Symbol.dispose]()
    using store = open({ path })
    store.add(response('a'), [], 'done')
    renameSync(backup, path)
    expect(() => store.check()).toThrow('it was replaced while it was in use; stop the server')
    store[Symbol.dispose]()
    for (const name of ['-wal', '-shm']) rmSync(path + name)
    using next = open({ path })
    expect([next.get('kept')?.id, next.get('a')]).toEqual(['kept', undefined])
  })

  test.skipIf(process.getuid?.() === 0)('that is read-only is told before anything is done', () => {
    const path = freshPath()
    open({ path }).check()
    chmodSync(path, 0o400)
    using store = open({ path })
    expect(() => store.check()).toThrow('readonly')
  })
})
