import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { projectFolder } from '../../scripts/project-folder.ts'
import { createApiKeyStore } from '../../src/store/create-api-key-store.ts'
import { inMemory } from '../../src/store/database.ts'
import { createKeyRing } from '../../src/store/key-ring.ts'
import { type OpenServer, openServer } from '../fakes/open-server.ts'
import { connectRaw } from '../fakes/raw-client.ts'
import { run } from '../run.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { pythonEnvironment, withoutPython } from './python-environment.ts'
import { playScenes } from './python-scenes.ts'

const python = await pythonEnvironment('openai')

describe('a server that asks for keys', () => {
  let open: OpenServer
  let reader = ''
  beforeAll(() => {
    const store = createApiKeyStore({ path: inMemory, now: Date.now })
    reader = store.create({ name: 'reader', scopes: ['read'] }).secret
    open = openServer({
      keys: createKeyRing({ store, given: ['given'], isRequired: 'auto', isForOthers: false, now: Date.now }),
    })
  })
  afterAll(() => open[Symbol.asyncDispose]())

  test('has the JavaScript client of OpenAI tell a wrong key from one that may not', async () => {
    const listWith = (apiKey: string) =>
      new OpenAI({ baseURL: `${open.server.url}/v1`, apiKey, maxRetries: 0 }).models.list().then(
        ({ data }) => data.length,
        (error: unknown) => error,
      )
    expect(await listWith('given')).toBe(2)
    const wrong = await listWith('sk-wrong')
    expect(wrong).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(wrong).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' })
    const forbidden = await listWith(reader)
    expect(forbidden).toBeInstanceOf(OpenAI.PermissionDeniedError)
    expect(forbidden).toMatchObject({ status: 403, code: 'key_not_allowed' })
  })

  test('refuses a large body without reading it, and the next request of the connection is answered', async () => {
    const body = JSON.stringify({ model: 'smollm2', messages: [{ role: 'user', content: 'x'.repeat(900_000) }] })
    for (let index = 0; index < 5; index++) {
      const refused = await open.post('/v1/chat/completions', body)
      expect(refused.status).toBe(401)
      await refused.text()
      const headers = { 'content-type': 'application/json', authorization: 'Bearer given' }
      const taken = await open.post('/v1/embeddings', { input: 'a' }, { headers })
      expect(taken.status).toBe(200)
      await taken.text()
    }
  })

  describe.skipIf(!python)(`and openai-python${withoutPython(python)}`, () => {
    const answerOf = playScenes({ python, script: 'openai-keys', url: () => open.server.url })

    test('raises AuthenticationError for a wrong key, and takes one that is right', () => {
      expect(answerOf<unknown>('wrong_key')).toEqual(['AuthenticationError', 401, 'invalid_api_key'])
      expect(answerOf<unknown>('wrong_key_of_a_stream')).toEqual(['AuthenticationError', 401, 'invalid_api_key'])
      expect(answerOf<unknown>('right_key')).toBe(2)
    })
  })
})

describe('a running server', () => {
  const home = mkdtempSync(join(tmpdir(), 'hearth-keys-'))
  const modelsFolder = join(home, 'models')
  const planted = 'planted-in-the-environment-0123456789'
  let server: Hearth
  const start = (rest: Record<string, string> = {}) => startAs({ rest })
  const startAs = ({ by = 'bun', rest = {} }: { by?: 'bun' | 'deno'; rest?: Record<string, string> }) => {
    mkdirSync(modelsFolder, { recursive: true })
    const environment = { PATH: process.env.PATH ?? '', HEARTH_HOME: home, HEARTH_LOG_LEVEL: 'debug', ...rest }
    return startHearth({ by, modelsFolder, environment, flags: ['--no-auto-pull', '--no-preload'] })
  }
  const keys = async (...words: string[]) => {
    const main = join(projectFolder, 'src', 'main.ts')
    const environment = { PATH: process.env.PATH ?? '', HEARTH_HOME: home }
    return run([process.execPath, main, 'keys', ...words], { environment, timeoutMilliseconds: 30_000 })
  }
  const statusWith = async (key?: string) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    const response = await fetch(`${server.url}/v1/models`, { headers })
    await response.text()
    return response.status
  }
  /** Asks until the status is another one; how long that takes at most is what the server promises. */
  const changed = async (before: number, key?: string) => {
    const since = performance.now()
    let status = before
    while (status === before && performance.now() - since < 1000) status = await statusWith(key)
    return status
  }
  afterAll(async () => {
    await server?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  test.each(['bun', 'deno'] as const)('on a loopback address answers to its own names only (%s)', async (by) => {
    await using running = await startAs({ by })
    const statusFor = async (host: string) => {
      using client = await connectRaw(Number(new URL(running.url).port))
      client.socket.write(`GET /v1/models HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
      await client.closed
      return /^HTTP\/1\.1 (\d+)/.exec(client.text())?.[1]
    }
    for (const host of ['localhost', '127.0.0.1:8080', '[::1]', hostname()]) expect(await statusFor(host)).toBe('200')
    for (const host of ['evil.example', '127.0.0.1.evil.example']) expect(await statusFor(host)).toBe('403')
  })

  test('notices keys that another process makes, rotates and revokes', async () => {
    server = await start()
    expect(await statusWith()).toBe(200)
    const made = (await keys('create', '--name', 'one')).standardOutput.trim()
    expect(await changed(200)).toBe(401)
    expect(await statusWith(made)).toBe(200)
    const rotated = (await keys('rotate', 'one')).standardOutput.trim()
    expect(await changed(401, rotated)).toBe(200)
    expect(await statusWith(made)).toBe(401)
    expect((await keys('revoke', 'one')).code).toBe(0)
    expect(await changed(200, rotated)).toBe(401)
    expect((await keys('remove', 'one')).code).toBe(0)
    expect(await changed(401)).toBe(200)
    await server.stop()
  })

  test('keeps what keys used, however it ends, and asks nobody to wait for that', async () => {
    using store = createApiKeyStore({ path: join(home, 'hearth.sqlite'), now: Date.now })
    const kept = () => store.usage({ from: '2000-01-01', key: 'given-1' }).reduce((sum, use) => sum + use.requests, 0)
    server = await start({ ALLOWED_API_KEYS: planted })
    for (let count = 0; count < 3; count++) expect(await statusWith(planted)).toBe(200)
    // It says itself how late it writes: a file that never has them ends the test.
    while (kept() < 3) await new Promise((resolve) => setTimeout(resolve, 50))
    process.kill(server.processId, 'SIGKILL')
    expect(await server.stop()).toBe(-1)
    server = await start({ ALLOWED_API_KEYS: planted })
    expect(await statusWith(planted)).toBe(200)
    const response = await fetch(`${server.url}/v1/usage`, { headers: { 'x-api-key': planted } })
    expect(await response.json()).toMatchObject({ data: [{ key: { id: 'given-1' }, requests: 4 }] })
    expect(await server.stop()).toBe(0)
    expect(kept()).toBe(4)
  })

  test('does not listen for others without a key, and says what to do', async () => {
    const main = join(projectFolder, 'src', 'main.ts')
    const environment = { PATH: process.env.PATH ?? '', HEARTH_HOME: join(home, 'none') }
    for (const flags of [
      ['--port', '0', '--host', '0.0.0.0'],
      ['--listen', 'http://127.0.0.1:0,http://0.0.0.0:0'],
    ]) {
      const { code, output } = await run([process.execPath, main, 'serve', ...flags], {
        environment,
        timeoutMilliseconds: 30_000,
      })
      expect([code, output]).toEqual([2, expect.stringContaining('it would ask them for no API key')])
      for (const way of ['hearth keys create', 'ALLOWED_API_KEYS', '--insecure']) expect(output).toContain(way)
    }
    expect(existsSync(join(home, 'none'))).toBe(false)
  })

  test('writes no key anywhere, and no digest of one into its log', async () => {
    server = await start({ ALLOWED_API_KEYS: planted })
    const made = (await keys('create', '--name', 'two')).standardOutput.trim()
    expect(await changed(401, made)).toBe(200)
    const wrong = `${made.slice(0, -1)}${made.endsWith('a') ? 'b' : 'a'}`
    expect([await statusWith(planted), await statusWith(wrong), await statusWith()]).toEqual([200, 401, 401])
    for (const key of [planted, made, wrong]) {
      for (const header of ['x-api-key', 'api-key'])
        await (await fetch(`${server.url}/v1/nowhere?api_key=${key}`, { headers: { [header]: key } })).text()
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      await (await fetch(`${server.url}/v1/embeddings`, { method: 'POST', headers, body: '{' })).text()
    }
    const log = server.log()
    expect(log).toContain('/v1/embeddings')
    await server.stop()
    const files = readdirSync(home).filter((name) => name.startsWith('hearth.sqlite'))
    expect(files.length).toBeGreaterThan(0)
    const kept = files.map((name) => readFileSync(join(home, name), 'latin1')).join('')
    const list = (await keys('list')).output + (await keys('list', '--json')).output
    expect(list).toMatch(/two .*20\d\d-.*20\d\d-/)
    for (const key of [planted, made, wrong]) {
      const hidden = key === planted ? key : key.slice(14)
      for (const text of [log, kept, list]) expect(text).not.toContain(hidden)
      for (const digest of ['hex', 'base64'] as const)
        expect(log + list).not.toContain(createHash('sha256').update(key).digest(digest))
    }
  })

  test('does not start with keys that it cannot understand', async () => {
    const outcome = await start({ ALLOWED_API_KEYS: `["${planted}"` }).then(
      () => 'started',
      (error: Error) => error.message,
    )
    expect(outcome).toContain('exit code 2')
    expect(outcome).toContain('ALLOWED_API_KEYS')
    expect(outcome).not.toContain(planted)
  })
})
