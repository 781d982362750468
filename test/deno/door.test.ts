import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type FakeUpstream, type Fault, startFakeUpstream } from '../fakes/fake-upstream.ts'
import { busyAnswer, chatAnswer } from '../fakes/upstream-shapes.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

// What Bun does for the door in one way and Deno in another: fetching from other servers, and files that are watched.

const home = mkdtempSync(join(tmpdir(), 'hearth-deno-door-'))
const configPath = join(home, 'config.yaml')
const pieces = ['Good', ' day', '!']
let upstream: FakeUpstream
let hearth: Hearth

const configure = (more: object = {}) =>
  writeFileSync(
    configPath,
    JSON.stringify({
      providers: [{ name: 'other', base_url: upstream.url, retries: 1, first_byte_seconds: 2, idle_seconds: 1 }],
      ...more,
    }),
  )

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: ['fake'], pieces })
  configure()
  hearth = await startHearth({
    by: 'deno',
    flags: ['--config', configPath, '--no-preload', '--no-auto-pull'],
    environment: { PATH: process.env.PATH ?? '', HOME: home, HEARTH_HOME: home, ALLOWED_API_KEYS: 'first-key' },
  })
}, 60_000)
afterAll(async () => {
  await hearth[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
  rmSync(home, { recursive: true, force: true })
})

const ask = (
  path: string,
  { key = 'first-key', body, signal }: { key?: string; body?: object; signal?: AbortSignal } = {},
) =>
  fetch(`${hearth.url}${path}`, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    ...(signal && { signal }),
  })
const messages = [{ role: 'user', content: 'Hello!' }]
const chat = (more: object = {}, signal?: AbortSignal) =>
  ask('/v1/chat/completions', { body: { model: 'other/fake', messages, ...more }, ...(signal && { signal }) })

interface Said {
  readonly error?: { readonly code: string }
  readonly choices?: readonly { readonly message: { readonly content: string } }[]
}

test('keys are asked for', async () => {
  const refused = await ask('/v1/models', { key: 'another' })
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer')])
  const { data } = (await (await ask('/v1/models')).json()) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).toContain('other/fake')
  expect(await (await ask('/metrics')).text()).toContain('hearth_')
})

test('answers of other servers come whole, as events, and unpacked', async () => {
  const whole = (await (await chat()).json()) as Said
  expect(whole.choices?.[0]?.message.content).toBe('Good day!')
  const events = await (await chat({ stream: true })).text()
  expect(events).toContain('" day"')
  expect(events).toEndWith('data: [DONE]\n\n')
  const { headers, body } = chatAnswer({ model: 'fake', pieces, hasUsage: true })
  upstream.fail({
    status: 200,
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: gzipSync(body).toString('latin1'),
    encoding: 'latin1',
  })
  const packed = await chat()
  expect(packed.headers.get('content-encoding')).toBeNull()
  expect(((await packed.json()) as Said).choices?.[0]?.message.content).toBe('Good day!')
})

test('what a server is too busy for is asked again', async () => {
  const before = upstream.requests.length
  upstream.fail(busyAnswer('generic', '0'))
  expect((await chat()).status).toBe(200)
  upstream.fail('close-before-head')
  expect((await chat()).status).toBe(200)
  expect(upstream.requests.length).toBe(before + 4)
})

const faults: readonly (readonly [Fault, string])[] = [
  ['reset-mid-stream', 'upstream_broken'],
  ['truncated', 'upstream_broken'],
  ['malformed-chunk', 'upstream_broken'],
  ['malformed-event', 'upstream_broken'],
  ['no-done', 'upstream_broken'],
  ['half-open', 'upstream_timeout'],
  ['error-event', 'upstream_failed'],
]
test.each(faults)('a stream that is %s ends in an error event', async (fault, code) => {
  upstream.fail(fault)
  const text = await (await chat({ stream: true })).text()
  const last = text.trimEnd().split('\n\n').at(-1) ?? ''
  expect(JSON.parse(last.replace('data: ', ''))).toMatchObject({ error: { code } })
})

test.each([
  ['web-page', 'upstream_failed'],
  ['cut-json', 'upstream_failed'],
  ['short-body', 'upstream_broken'],
  ['not-packed', 'upstream_broken'],
] as const)('an answer that is %s is an error', async (fault, code) => {
  upstream.fail(fault)
  const answer = await chat()
  expect(answer.status).toBeGreaterThanOrEqual(500)
  expect(((await answer.json()) as Said).error?.code).toBe(code)
})

test('a client that leaves closes the connection to the other server', async () => {
  upstream.fail('never-ending')
  const leaving = new AbortController()
  const answer = await chat({ stream: true }, leaving.signal)
  await answer.body?.getReader().read()
  leaving.abort()
  expect((await upstream.abandoned()).path).toBe('/v1/chat/completions')
})

test('config.yaml is followed', async () => {
  configure({ max_body_bytes: 100 })
  const standing = async () => (await ask('/v1/config/reload', { body: {} })).json()
  await standing()
  expect((await chat({ user: 'x'.repeat(200) })).status).toBe(413)
  configure()
  expect(await standing()).toMatchObject({ state: 'current' })
  expect((await chat({ user: 'x'.repeat(200) })).status).toBe(200)
})
