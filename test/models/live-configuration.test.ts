import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { ConfigReloadReply, ConfigStandingReply } from '../../src/protocol/management/config.wire.ts'
import { type FakeUpstream, startFakeUpstream } from '../fakes/fake-upstream.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

const patience = 120_000
const model = 'smollm2-135m-instruct'
const key = 'a-key-of-the-environment'

/** What the file says first, and what a test says besides. */
const fileOf = (lines: Readonly<Record<string, string>>) =>
  Object.entries({
    log_level: 'info',
    require_key: 'never',
    preload: 'false',
    auto_pull: 'false',
    threads: '1',
    slots: '1',
    models: `[{ id: ${model}, n_ctx: 2048 }]`,
    ...lines,
  })
    .map((line) => `${line.join(': ')}\n`)
    .join('')

describe('a server whose config.yaml changes while it works', () => {
  let folder: string
  let upstream: FakeUpstream
  let server: Hearth

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hearth-live-'))
    upstream = await startFakeUpstream({ models: ['large'] })
    write({})
    const environment = { PATH: process.env.PATH ?? '', HOME: folder, HEARTH_HOME: folder, ALLOWED_API_KEYS: key }
    server = await startHearth({ flags: ['--config', join(folder, 'config.yaml')], environment })
  }, patience)
  afterAll(async () => {
    expect(await server.stop()).toBe(0)
    await upstream[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  }, patience)

  /** As editors save: another file takes its place. */
  function write(lines: Readonly<Record<string, string>>) {
    writeFileSync(join(folder, '.config.yaml.new'), fileOf(lines))
    renameSync(join(folder, '.config.yaml.new'), join(folder, 'config.yaml'))
  }

  const call = (path: string, { body, bearer = key }: { body?: object; bearer?: string } = {}) =>
    fetch(`${server.url}${path}`, {
      headers: { ...(bearer && { authorization: `Bearer ${bearer}` }), 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
  const told = async <Reply>(path: string): Promise<Reply> => (await call(path)).json() as Promise<Reply>
  const chat = (content: string, more: object = {}) =>
    call('/v1/chat/completions', { body: { model, messages: [{ role: 'user', content }], temperature: 0, ...more } })
  const residents = async () =>
    (await told<{ data: { id: string; n_ctx?: number; busy: number; state: string }[] }>('/v1/models/loaded')).data

  /** Asks until it is so. */
  async function until<Value>(ask: () => Promise<Value>, isSo: (value: Value) => boolean): Promise<Value> {
    for (;;) {
      const value = await ask()
      if (isSo(value)) return value
    }
  }
  const standing = (isSo: (standing: ConfigStandingReply) => boolean) =>
    until(() => told<ConfigStandingReply>('/v1/config'), isSo)

  /** A stream that is under way; it writes on until all of its tokens are written. */
  async function longStream(tokens: number) {
    // The end of an answer is a token that it cannot take.
    const response = await chat('Tell me a story.', { stream: true, max_tokens: tokens, logit_bias: { 2: -100 } })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const pieces: string[] = []
    const read = async () => {
      const { done, value = '' } = (await reader?.read()) ?? { done: true }
      if (!done) pieces.push(value)
      return !done
    }
    while (!pieces.join('').includes('"content"')) await read()
    const rest = (async () => {
      while (await read());
      return pieces.join('')
    })()
    return { soFar: () => pieces.length, rest }
  }

  test(
    'level, limits, keys, providers and models change while a stream runs, which ends as if nothing had been',
    async () => {
      const stream = await longStream(600)
      expect(await residents()).toMatchObject([{ id: model, n_ctx: 2048, busy: 1 }])
      expect((await call('/v1/models', { bearer: '' })).status).toBe(200)
      write({
        log_level: 'debug',
        require_key: 'always',
        max_body_bytes: '2000',
        models: `[{ id: ${model}, n_ctx: 1024, aliases: [little] }]`,
        providers: `[{ name: next, base_url: "${upstream.url}", models: { large: large } }]`,
      })
      await standing(({ changed_at }) => changed_at !== undefined)
      const before = stream.soFar()
      expect((await call('/v1/models', { bearer: '' })).status).toBe(401)
      expect((await chat('x'.repeat(3000))).status).toBe(413)
      expect((await call('/v1/models/little')).status).toBe(200)
      const ids = await until(
        async () => (await told<{ data: { id: string }[] }>('/v1/models')).data.map(({ id }) => id),
        (names) => names.includes('next/large'),
      )
      expect(ids).toContain(model)
      // It waits for the model as it is to be now, and for the stream that has it as it was.
      const next = chat('Say hello.', { model: 'little', max_tokens: 4 })
      expect(await residents()).toMatchObject([{ n_ctx: 2048, busy: 1 }])
      const whole = await stream.rest
      expect(stream.soFar()).toBeGreaterThan(before)
      expect(whole).toContain('"finish_reason":"length"')
      expect(whole).toEndWith('data: [DONE]\n\n')
      expect(whole).not.toContain('"error"')
      expect((await next).status).toBe(200)
      expect(await residents()).toMatchObject([{ id: model, n_ctx: 1024 }])
      expect(server.log()).toMatch(/the configuration has changed: .*max_body_bytes.*log_level.*models, providers/)
    },
    patience,
  )

  test(
    'a file with mistakes keeps everything as it is, and each is told with its place',
    async () => {
      const before = await residents()
      write({ require_key: 'sometimes', max_body_bytes: '9000', max_quue: '1' })
      const { problems } = await standing(({ state }) => state === 'kept')
      expect(problems).toMatchObject([{ key: 'require_key', line: 2 }, { key: 'max_quue' }])
      expect((await call('/v1/models', { bearer: '' })).status).toBe(401)
      expect((await chat('x'.repeat(3000))).status).toBe(413)
      expect(await residents()).toMatchObject(before.map(({ id, n_ctx }) => ({ id, n_ctx })))
      expect(server.log()).toMatch(/config\.yaml:2:14: require_key: found the text \\?"sometimes/)
      expect(server.log()).toContain("did you mean 'max_queue'")
    },
    patience,
  )

  test(
    'what needs a new start is named, and what is mended holds; names that are not in the list any more are gone',
    async () => {
      write({ base_path: '/hearth', max_connections: '77', models: '[]', model: 'nothing-of-that-name' })
      const { awaits_restart } = await standing(({ state }) => state === 'current')
      expect(awaits_restart).toEqual([
        { key: 'base_path', change: 'none → /hearth' },
        { key: 'max_connections', change: '4096 → 77' },
      ])
      expect(server.log()).toMatch(/has to be started anew for these to take effect: base_path, max_connections/)
      expect((await call('/v1/models', { bearer: '' })).status).toBe(200)
      expect((await call('/v1/models/little')).status).toBe(404)
      expect((await call('/next/v1/models')).status).toBe(404)
    },
    patience,
  )

  test(
    'keys in a file hold as soon as they stand there, and none does any more that is taken out',
    async () => {
      const path = join(folder, 'keys')
      const statusOf = async (bearer: string) => (await call('/v1/models', { bearer })).status
      const replace = (text: string) => {
        writeFileSync(`${path}.new`, text)
        renameSync(`${path}.new`, path)
      }
      replace('key-of-a-file # laptop\n')
      write({ require_key: 'auto', allowed_api_keys_file: 'keys' })
      await until(
        () => statusOf('key-of-a-file'),
        (status) => status === 200 && server.log().includes('API keys were read from a file'),
      )
      expect(await Promise.all([statusOf(key), statusOf('another-of-it'), statusOf('')])).toEqual([200, 401, 401])
      replace('another-of-it\n')
      await until(
        () => statusOf('another-of-it'),
        (status) => status === 200,
      )
      expect(await statusOf('key-of-a-file')).toBe(401)
      replace('two words\n')
      // Each question lets the server say something meanwhile.
      await until(
        () => statusOf('two'),
        (status) => status === 401 && server.log().includes('line 1 has a space'),
      )
      expect(await Promise.all([statusOf('another-of-it'), statusOf('')])).toEqual([200, 401])
      write({ allowed_api_keys_file: 'nowhere' })
      expect((await standing(({ state }) => state === 'kept')).problems).toMatchObject([
        { key: 'allowed_api_keys_file', message: expect.stringContaining('does not exist') },
      ])
      expect(await statusOf('another-of-it')).toBe(200)
      for (const secret of ['key-of-a-file', 'another-of-it', 'two words']) expect(server.log()).not.toContain(secret)
    },
    patience,
  )

  test(
    'SIGHUP and POST /v1/config/reload read the file at once, also where nobody watches it',
    async () => {
      write({ watch_config: 'false' })
      await standing(({ watched }) => !watched)
      write({ watch_config: 'false', max_body_bytes: '500' })
      const reload = (await (await call('/v1/config/reload', { body: {} })).json()) as ConfigReloadReply
      expect(reload.changed).toEqual([{ key: 'max_body_bytes', change: '33554432 → 500' }])
      expect((await chat('x'.repeat(1000))).status).toBe(413)
      write({ watch_config: 'true' })
      process.kill(server.processId, 'SIGHUP')
      await standing(({ watched }) => watched)
      expect((await chat('x'.repeat(1000), { max_tokens: 1 })).status).toBe(200)
    },
    patience,
  )
})
