import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiKeyStore } from '../../src/store/create-api-key-store.ts'
import { connectRaw } from '../fakes/raw-client.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

/** What the server's own document says of one operation. */
interface Operation {
  readonly method: string
  readonly template: string
  readonly scope: string
  readonly takesBody: boolean
  readonly params: Readonly<Record<string, string>>
}

const scopes = ['open', 'any', 'inference', 'read', 'admin']
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'] as const
const home = mkdtempSync(join(tmpdir(), 'hearth-door-walk-'))
const modelsFolder = join(home, 'models')
const given = 'given-to-the-server-by-a-variable'
let server: Hearth
let operations: readonly Operation[] = []
const keys = { inference: '', read: '', admin: '', expired: '', revoked: '', spent: '' }

beforeAll(async () => {
  mkdirSync(modelsFolder)
  {
    using store = createApiKeyStore({ path: join(home, 'hearth.sqlite'), now: Date.now })
    const make = (name: keyof typeof keys, rest: object = {}) => {
      keys[name] = store.create({ name, scopes: ['inference'], ...rest }).secret
    }
    make('inference')
    make('read', { scopes: ['read'] })
    make('admin', { scopes: ['admin'] })
    make('expired', { scopes: ['admin'], expiresSeconds: Math.floor(Date.now() / 1000) - 1 })
    make('revoked', { scopes: ['admin'] })
    make('spent', { limits: { requestsPerMinute: 1 } })
    store.revoke('revoked')
  }
  const environment = { PATH: process.env.PATH ?? '', HEARTH_HOME: home, ALLOWED_API_KEYS: given }
  server = await startHearth({ modelsFolder, environment, flags: ['--no-auto-pull', '--no-preload'] })
  operations = await readOperations()
})

afterAll(async () => {
  await server?.stop()
  rmSync(home, { recursive: true, force: true })
})

interface Parameter {
  readonly name: string
  readonly in: string
  readonly example?: string
}
type Documented = { security?: unknown; 'x-scope'?: string; requestBody?: object; parameters?: readonly Parameter[] }

async function readOperations(): Promise<readonly Operation[]> {
  const { paths } = (await (await fetch(`${server.url}/docs/json`)).json()) as {
    paths: Record<string, Record<string, Documented>>
  }
  return Object.entries(paths).flatMap(([template, byMethod]) =>
    Object.entries(byMethod).map(([method, documented]) => {
      const { 'x-scope': scope = 'none', parameters = [] } = documented
      const expected = { open: [], any: [{ key: [] }, {}] }[scope] ?? [{ key: [scope] }, {}]
      // A route that nobody gave a scope, or two that do not agree, ends the walk here.
      expect([template, scopes.includes(scope), documented.security]).toEqual([template, true, expected])
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      const params = Object.fromEntries(inPath.map(({ name, example = 'x' }) => [name, example]))
      return { method: method.toUpperCase(), template, scope, takesBody: documented.requestBody !== undefined, params }
    }),
  )
}

const pathOf = ({ template, params }: Operation) =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? 'x')

/** Every path of the document, once. */
const allPaths = () => [...new Map(operations.map((operation) => [pathOf(operation), operation])).keys()]

/** What a method at a path is by the document: an operation of its own, or one whose last parameter takes the rest of it. */
function operationAt(method: string, path: string): Operation | undefined {
  const asked = method === 'HEAD' ? 'GET' : method
  const fitting = operations.filter((operation) => {
    const pattern = operation.template.replace(/\{path\}$/, '.+').replace(/\{\w+\}/g, '[^/]+')
    return operation.method === asked && new RegExp(`^${pattern}$`).test(path)
  })
  return (
    fitting.find(({ template }) => !template.includes('{')) ??
    fitting.find((each) => pathOf(each) === path) ??
    fitting[0]
  )
}

interface Visit {
  readonly method: string
  readonly path: string
  readonly operation: Operation | undefined
}

const visits = (): readonly Visit[] =>
  allPaths().flatMap((path) => methods.map((method) => ({ method, path, operation: operationAt(method, path) })))

interface Card {
  readonly headers?: Record<string, string>
  /** Behind the path. */
  readonly query?: string
}

/** At the document's own paths: what else a path of any length takes has a scope of its own. */
const shownVisits = (isMeant: (scope: string) => boolean) =>
  visits().filter(({ operation, path }) => operation && pathOf(operation) === path && isMeant(operation.scope))

async function ask({ method, path, operation }: Visit, { headers = {}, query = '' }: Card) {
  // No route takes it: whoever is let in gets to know that, and nothing is done.
  const body = operation?.method === 'POST' && operation.takesBody ? { body: '{' } : {}
  const options = { method, headers: { 'content-type': 'application/json', ...headers }, redirect: 'manual', ...body }
  const response = await fetch(`${server.url}${path}${query}`, options as RequestInit)
  const text = await response.text()
  const { status } = response
  return { at: `${method} ${path}`, status, challenge: response.headers.get('www-authenticate'), text, response }
}

/** One after the other would take minutes; all at once is more connections than a server has to have. */
async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let at = 0; at < items.length; at += 48) results.push(...(await Promise.all(items.slice(at, at + 48).map(work))))
  return results
}

const bearer = (key: string): Card => ({ headers: { authorization: `Bearer ${key}` } })
const invalid = 'Bearer realm="hearth", error="invalid_token"'
const absent = 'Bearer realm="hearth"'

/** Everything that lets nobody in, with what the answer has to say of it. */
function wrongCards(): Readonly<Record<string, readonly [Card, string]>> {
  const { admin, revoked, expired } = keys
  const mistyped = `${admin.slice(0, -1)}${admin.endsWith('a') ? 'b' : 'a'}`
  return {
    none: [{}, absent],
    'an empty one': [bearer(''), absent],
    wrong: [bearer('sk-wrong'), invalid],
    mistyped: [bearer(mistyped), invalid],
    short: [bearer(admin.slice(0, -1)), invalid],
    revoked: [bearer(revoked), invalid],
    expired: [bearer(expired), invalid],
    'the digest that is kept': [bearer(createHash('sha256').update(admin).digest('hex')), invalid],
    'the name of a key': [bearer('admin'), invalid],
    'the id of a given key': [bearer('given-1'), invalid],
    'as a password': [{ headers: { authorization: `Basic ${btoa(`:${admin}`)}` } }, absent],
    'without a scheme': [{ headers: { authorization: admin } }, absent],
    'in a cookie': [{ headers: { cookie: `authorization=Bearer ${admin}; key=${admin}` } }, absent],
    'in the address': [{ query: `?api_key=${admin}&key=${admin}&access_token=${admin}` }, absent],
    'two in one header': [{ headers: { authorization: `Bearer ${admin}, Bearer ${admin}` } }, invalid],
    'a wrong one, and a right one in another header': [
      { headers: { authorization: 'Bearer sk-wrong', 'x-api-key': admin } },
      invalid,
    ],
    'as somebody on this machine': [
      { headers: { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', host: 'localhost' } },
      absent,
    ],
  }
}

/** What a server that did nothing has done; the log apart, which tells of the refusals. */
async function traces() {
  const read = async (path: string) =>
    (await (await fetch(`${server.url}${path}`, bearer(keys.admin))).json()) as object
  const { total, models } = (await read('/v1/stats')) as { total: Record<string, unknown>; models: unknown[] }
  const [downloads, loaded, config] = await Promise.all(['/v1/downloads', '/v1/models/loaded', '/v1/params'].map(read))
  using store = createApiKeyStore({ path: join(home, 'hearth.sqlite'), now: Date.now })
  return {
    total: { ...total, errors: {} },
    models,
    downloads,
    loaded,
    config,
    files: readdirSync(home, { recursive: true }).map(String).sort(),
    used: store.list().map(({ name, lastUsedSeconds }) => [name, name === 'admin' ? undefined : lastUsedSeconds]),
    usage: store.usage({ from: '2000-01-01' }).filter(({ requests }) => requests > 0),
  }
}

test('the document names every route, and each with its scope', () => {
  expect(operations.length).toBeGreaterThan(50)
  const seen = new Set(operations.map(({ scope }) => scope))
  expect([...seen].sort()).toEqual(['admin', 'any', 'inference', 'open', 'read'])
  const open = operations.filter(({ scope }) => scope === 'open')
  expect(
    open.filter(({ method, template }) => method !== 'GET' || !/^\/($|docs|(v1\/)?health$)/.test(template)),
  ).toEqual([])
})

test('whoever has no valid key gets in nowhere, whatever the method, and nothing is done for them', async () => {
  const before = await traces()
  for (const [name, [card, challenge]] of Object.entries(wrongCards())) {
    const answers = await inTurns(visits(), async (visit) => ({ ...visit, ...(await ask(visit, card)) }))
    const wrong = answers.filter(({ operation, method, status, challenge: told }) => {
      if (operation?.scope === 'open') return status === 401 || status === 403
      if (operation) return status !== 401 || told !== challenge
      return method === 'OPTIONS' ? status !== 204 : status !== 405
    })
    expect([name, wrong.map(({ at, status, text }) => `${at}: ${status} ${text.slice(0, 200)}`)]).toEqual([name, []])
    for (const { text } of answers) for (const key of Object.values(keys)) expect(text).not.toContain(key)
  }
  expect(await traces()).toEqual(before)
})

test('a key does what its scopes say and no more', async () => {
  const before = await traces()
  const held = { read: ['read', 'any'], inference: ['inference', 'any'] } as const
  for (const [name, may] of Object.entries(held)) {
    const locked = shownVisits((scope) => ![...may, 'open'].includes(scope as never))
    const answers = await inTurns(locked, async (visit) => ({
      ...visit,
      ...(await ask(visit, bearer(keys[name as 'read']))),
    }))
    const wrong = answers.filter(
      ({ status, challenge, operation }) =>
        status !== 403 || challenge !== `${absent}, error="insufficient_scope", scope="${operation?.scope}"`,
    )
    expect([name, wrong.map(({ at, status }) => `${at}: ${status}`)]).toEqual([name, []])
    expect(answers.length).toBeGreaterThan(20)
  }
  const now = await traces()
  expect({ ...now, used: before.used }).toEqual(before)
})

test('a key that has used what it may is refused everywhere, with the time to wait', async () => {
  const first = await fetch(`${server.url}/v1/models`, bearer(keys.spent))
  expect([first.status, first.headers.get('x-ratelimit-remaining-requests')]).toEqual([200, '0'])
  const before = await traces()
  const metered = shownVisits((scope) => scope === 'inference')
  const answers = await inTurns(metered, (visit) => ask(visit, bearer(keys.spent)))
  const wrong = answers.filter(
    ({ status, response }) => status !== 429 || !(Number(response.headers.get('retry-after')) > 0),
  )
  expect(wrong.map(({ at, status }) => `${at}: ${status}`)).toEqual([])
  expect((await fetch(`${server.url}/v1/usage`, bearer(keys.spent))).status).toBe(200)
  const now = await traces()
  expect({ ...now, used: before.used, usage: [] }).toEqual({ ...before, usage: [] })
})

/** Ways to write a path that some servers read as the same one. */
const strangePaths = (path: string): readonly string[] => [
  `/${path}`,
  `${path}/`,
  `${path}//`,
  `${path}?`,
  `${path}%2f`,
  `${path}%00`,
  `${path};a=b`,
  `${path}/.`,
  `/.${path}`,
  `/x/..${path}`,
  `/%2e%2e${path}`,
  path.toUpperCase(),
  path.replaceAll('/', '//'),
  path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  path.replace(/[a-z](?=[^a-z]*$)/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  path.replace(/(?<=.)\/(?=[^/]*$)/, '%2F'),
  `http://localhost${path}`,
]

/** The statuses of these requests, which go over one connection as they stand. */
async function statusesOf(lines: readonly string[], key: string | undefined): Promise<readonly string[]> {
  using client = await connectRaw(Number(new URL(server.url).port))
  const authorization = key === undefined ? '' : `authorization: Bearer ${key}\r\n`
  const statuses: string[] = []
  for (const [index, line] of lines.entries()) {
    const mark = `strange-${index}`
    client.socket.write(`${line} HTTP/1.1\r\nhost: localhost\r\nx-request-id: ${mark}\r\n${authorization}\r\n`)
    // Each answer has the name of its request in its head.
    await client.until(`${mark}\r\n`)
    const [, status] =
      client
        .text()
        .split('HTTP/1.1 ')
        .at(-1)
        ?.split(/^(\d+)/) ?? []
    statuses.push(`${line}: ${status}`)
  }
  return statuses
}

test('a path that is written in another way opens nothing either', async () => {
  const before = await traces()
  const locked = operations.filter(({ scope }) => scope !== 'open')
  const cards = [
    [undefined, locked],
    [keys.inference, locked.filter(({ scope }) => scope === 'admin' || scope === 'read')],
    [keys.read, locked.filter(({ scope }) => scope === 'admin' || scope === 'inference')],
    [keys.spent, locked.filter(({ scope }) => scope === 'inference')],
  ] as const
  for (const [key, closed] of cards) {
    const found = await inTurns(closed, (operation) =>
      statusesOf(
        strangePaths(pathOf(operation)).map((path) => `${operation.method} ${path}`),
        key,
      ),
    )
    expect(found.length).toBeGreaterThan(20)
    expect([key, found.flat().filter((line) => !/: (400|401|403|404|405|429)$/.test(line))]).toEqual([key, []])
  }
  const now = await traces()
  expect({ ...now, used: before.used, usage: [] }).toEqual({ ...before, usage: [] })
})

test('no byte of a body is waited for where nobody is let in', async () => {
  const { port } = new URL(server.url)
  const posts = operations.filter(({ method, scope, takesBody }) => method === 'POST' && takesBody && scope !== 'open')
  expect(posts.length).toBeGreaterThan(15)
  await inTurns(posts, async (operation) => {
    using client = await connectRaw(Number(port))
    const head = `POST ${pathOf(operation)} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`
    client.socket.write(`${head}authorization: Bearer sk-wrong\r\ncontent-length: 1000000\r\n\r\n{`)
    await client.until('invalid_api_key')
    expect(client.text()).toStartWith('HTTP/1.1 401 ')
  })
})

test('a right key is taken in every form that clients have, and opens what its scope says', async () => {
  const { admin, read, inference } = keys
  const forms: readonly Card[] = [
    bearer(admin),
    { headers: { authorization: `bearer ${admin}` } },
    { headers: { authorization: `BEARER   ${admin} ` } },
    { headers: { 'x-api-key': admin } },
    { headers: { 'api-key': admin } },
    { headers: { 'X-API-KEY': admin, authorization: `Basic ${btoa('a:b')}` } },
    bearer(given),
  ]
  const reading = visits().filter(({ operation, method }) => operation && method === 'HEAD')
  for (const card of forms) {
    const answers = await inTurns(reading, (visit) => ask(visit, card))
    expect(answers.filter(({ status }) => status === 401 || status === 403).map(({ at }) => at)).toEqual([])
  }
  for (const [key, scope] of [
    [read, 'read'],
    [inference, 'inference'],
    [admin, 'admin'],
    [read, 'any'],
    [inference, 'any'],
  ] as const) {
    const free = shownVisits((each) => each === scope)
    const answers = await inTurns(free, (visit) => ask(visit, bearer(key)))
    const wrong = answers.filter(({ status }) => status === 401 || status === 403 || status === 500)
    expect([scope, wrong.map(({ at, status, text }) => `${at}: ${status} ${text.slice(0, 200)}`)]).toEqual([scope, []])
    expect(free.length).toBeGreaterThan(0)
  }
}, 60_000)

test('nothing that the server wrote holds a key', () => {
  const written = server.log()
  for (const key of [...Object.values(keys), given]) expect(written).not.toContain(key)
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { parentPath, name } of files) {
    const text = readFileSync(join(parentPath, name), 'latin1')
    for (const key of [...Object.values(keys), given]) expect(text).not.toContain(key)
  }
})
