import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEnvironment } from '../../config/environment.ts'
import { createApiKeyStore } from '../../store/create-api-key-store.ts'
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

  test('a list of models that would let nothing through is told', async () => {
    for (const models of ['*', 'qwen*', 'Cerebras/*', 'other/org/*']) {
      const { code, errors } = await keys(`create --models a,${models}`)
      expect([models, code]).toEqual([models, 2])
      expect(errors).toContain(`'${models}' stands for no model: only provider/* stands for several`)
    }
    expect((await keys('create --models cerebras')).errors).toContain('cerebras/* stands for all of its models')
    expect((await keys('create --models cerebras/*,a')).errors).not.toContain('stands for')
    expect((await keys('create laptop')).errors).toContain('write --name laptop')
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

test('limits are given, changed, taken back, and shown', async () => {
  const made = await keys(
    'create --name guest --requests-per-minute 20 --tokens-per-day 100_000 --tokens-per-minute none',
  )
  expect(made.errors).toContain('It may use 20 requests/min, any tokens/min, 100000 tokens/day.')
  expect((await keys('list')).output).toContain('20 requests/min, any tokens/min, 100000 tokens/day')
  const { code, output } = await keys('limit guest --tokens-per-day none --requests-per-minute default')
  expect(code).toBe(0)
  expect(output).toMatch(/^The key 'guest' \(key-[0-9a-f]{12}\) may use any tokens\/min, any tokens\/day; /)
  const none = { requests_per_minute: null, tokens_per_minute: null, tokens_per_day: null }
  expect(await listed()).toMatchObject([{ limits: { ...none, tokens_per_minute: 0, tokens_per_day: 0 } }])
  expect((await keys('limit guest --tokens-per-day default --tokens-per-minute default')).output).toContain(
    'no limits of its own',
  )
  expect(await listed()).toMatchObject([{ limits: none }])
  for (const [line, text] of [
    ['limit guest', '--requests-per-minute COUNT, --tokens-per-minute COUNT or --tokens-per-day COUNT'],
    ['limit --tokens-per-day 5', 'hearth keys limit ID'],
    ['limit guest --tokens-per-day -5', "found '-5'"],
    ['limit guest --tokens-per-minute 1.5', "found '1.5'"],
    ['limit guest --name x', 'only create does'],
    ['list --tokens-per-day 5', 'only create and limit do'],
    ['usage --days 91', 'from 1 to 90'],
    ['usage --days x', "found 'x'"],
  ] as const) {
    const wrong = await keys(line)
    expect([wrong.code, wrong.errors]).toEqual([2, expect.stringContaining(text)])
  }
  expect(await listed()).toMatchObject([{ limits: none }])
  expect((await keys('limit absent --tokens-per-day 5')).code).toBe(1)
})

test('what was used is shown by days, keys and models, for one key or all, and summed up', async () => {
  expect(await keys('usage')).toMatchObject({
    code: 0,
    output: '',
    errors: expect.stringContaining('Nothing was used'),
  })
  expect(existsSync(home)).toBe(false)
  await keys('create --name laptop')
  const [{ id } = { id: '' }] = (await listed()) as { id: string }[]
  const today = new Date().toISOString().slice(0, 10)
  const counts = { requests: 3, refused: 1, errors: 0, promptTokens: 100, completionTokens: 20, embeddedTokens: 0 }
  {
    using store = createApiKeyStore({ path: join(home, 'hearth.sqlite'), now: Date.now })
    const use = (key: string, model: string, day = today) => ({ ...counts, day, key, model })
    store.addUsage([use(id, 'small'), use('given-1', ''), use(id, 'small', '2020-01-01')], '2020-01-01')
  }
  const { output } = await keys('usage')
  expect(output.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['DAY', 'KEY', 'MODEL', 'REQUESTS', 'REFUSED', 'ERRORS', 'PROMPT', 'COMPLETION', 'EMBEDDED'],
    [today, 'given-1', '-', '3', '1', '0', '100', '20', '0'],
    [today, 'laptop', 'small', '3', '1', '0', '100', '20', '0'],
    ['total', '6', '2', '0', '200', '40', '0'],
    [''],
  ])
  for (const which of ['laptop', id])
    expect(JSON.parse((await keys(`usage ${which} --days 1 --json`)).output)).toEqual([
      {
        day: today,
        key: { id, name: 'laptop' },
        model: 'small',
        requests: 3,
        refused: 1,
        errors: 0,
        prompt_tokens: 100,
        completion_tokens: 20,
        embedded_tokens: 0,
      },
    ])
  expect(JSON.parse((await keys('usage given-1 --json')).output)).toMatchObject([{ model: null }])
  expect((await keys('usage given-2')).code).toBe(0)
  expect(await keys('usage absent')).toMatchObject({ code: 1, errors: expect.stringContaining("'absent'") })
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
