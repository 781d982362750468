import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEnvironment } from '../../config/environment.ts'
import { readKeyWish } from '../keys/read-key-wish.ts'
import { run } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearth-cli-keys-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let made = 0
let home = ''
beforeEach(() => {
  home = join(folder, String(++made))
})

async function keys(line: string) {
  let [output, errors] = ['', '']
  const variables = { HEARTH_HOME: home }
  const code = await run(['keys', ...line.split(' ')], {
    environment: makeEnvironment({ variables, platform: 'linux', home: '/home/ann', currentFolder: folder }),
    write: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
    },
  })
  return { code, output, errors }
}
const listed = async () => JSON.parse((await keys('list --json')).output) as Record<string, unknown>[]

describe('hearth keys create', () => {
  test('prints the key alone on standard output, once, and says on the other what it is for', async () => {
    const { code, output, errors } = await keys('create --name laptop')
    expect([code, output]).toEqual([0, expect.stringMatching(/^sk-hearth-[0-9A-Za-z]{49}\n$/)])
    expect(errors).toMatch(/^The key 'laptop' \(key-[0-9a-f]{12}\) is for inference\. It does not expire\.\n/)
    expect(errors).not.toContain(output.trim())
    const list = await keys('list')
    expect(list.output).toContain(`${output.slice(0, 14)}…`)
    expect(list.output).not.toContain(output.slice(0, 16))
  })

  test('takes scopes, models and an end, and tells it as JSON', async () => {
    const { output } = await keys('create --scope inference,read --models a,b --expires 2099-12-31 --json')
    const { key, ...rest } = JSON.parse(output)
    expect(key).toStartWith(rest.start)
    expect(rest).toMatchObject({
      name: rest.id,
      scopes: ['inference', 'read'],
      models: ['a', 'b'],
      state: 'valid',
      expires: '2099-12-31T00:00:00.000Z',
      last_used: null,
      revoked: null,
    })
    expect(await listed()).toEqual([rest])
  })

  test('refuses everything that makes no sense at once, with code 2, and makes nothing', async () => {
    const { code, errors } = await keys('create --scope root --expires yesterday --models , --nmae x')
    expect(code).toBe(2)
    for (const text of ["found 'root'", "found 'yesterday'", 'at least one model', 'did you mean --name?'])
      expect(errors).toContain(text)
    for (const line of [
      'create --expires 2020-01-01',
      'create --expires 2099-02-30',
      'create x',
      'create --scope=',
      '',
    ])
      expect((await keys(line)).code).toBe(2)
    for (const line of ['create --expires 0d', 'create --expires 101y', 'create --models a --scope admin,inference'])
      expect((await keys(line)).code).toBe(2)
    expect(existsSync(home)).toBe(false)
  })

  test('refuses a name that is taken with code 1', async () => {
    await keys('create --name laptop')
    const { code, output, errors } = await keys('create --name laptop')
    expect([code, output]).toEqual([1, ''])
    expect(errors).toContain("There is an API key 'laptop' already.")
  })
})

test('a key is rotated, revoked and forgotten by its name or its id', async () => {
  const first = (await keys('create --name laptop')).output
  const second = await keys('rotate laptop')
  expect(second.code).toBe(0)
  expect(second.output).toMatch(/^sk-hearth-/)
  expect(second.output).not.toBe(first)
  const [{ id } = { id: '' }] = await listed()
  expect((await keys(`revoke ${id}`)).output).toBe(`The key 'laptop' (${id}) is revoked.\n`)
  expect(await listed()).toMatchObject([{ id, state: 'revoked', revoked: expect.stringContaining('T') }])
  expect((await keys('rotate laptop')).code).toBe(1)
  expect(JSON.parse((await keys('remove laptop --json')).output)).toMatchObject({ id })
  expect(await listed()).toEqual([])
})

test('what is not there is told with code 1, what is not understood with code 2, and no file is made', async () => {
  for (const action of ['revoke', 'rotate', 'remove']) {
    expect(await keys(`${action} laptop`)).toMatchObject({ code: 1, errors: expect.stringContaining("'laptop'") })
    expect((await keys(action)).code).toBe(2)
    expect((await keys(`${action} laptop --scope admin`)).errors).toContain('only create does')
  }
  for (const line of ['delete laptop', 'list laptop']) expect((await keys(line)).code).toBe(2)
  const { code, output, errors } = await keys('list')
  expect([code, output]).toEqual([0, ''])
  expect(errors).toContain('There is no API key.')
  expect(existsSync(home)).toBe(false)
})

test('a file that is none of ours is told with its path', async () => {
  const path = join(folder, 'rubbish')
  writeFileSync(path, 'this is no database at all, and it is long enough to be looked at')
  const { code, errors } = await keys(`list --store-path ${path}`)
  expect(code).toBe(1)
  expect(errors).toContain(`The API keys in ${path} cannot be used: `)
})

test('an end is counted from now, or is a moment of a date', () => {
  const now = Date.UTC(2026, 0, 31, 12)
  const endOf = (expires: string) => readKeyWish({ expires }, now).wish.expiresSeconds
  expect(endOf('30d')).toBe(now / 1000 + 30 * 86_400)
  expect(endOf('90m')).toBe(now / 1000 + 5400)
  expect(endOf('2026-02-01')).toBe(Date.UTC(2026, 1, 1) / 1000)
  expect(endOf('2026-02-01T10:00:00+02:00')).toBe(Date.UTC(2026, 1, 1, 8) / 1000)
  expect(endOf('never')).toBeUndefined()
})
