import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plantedSecrets, secretsIn } from '../../scripts/test/planted-secrets.mjs'
import { createApiKeyStore } from '../../src/store/create-api-key-store.ts'
import { connectRaw } from '../fakes/raw-client.ts'
import { makeModelsFolder } from '../real-models.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

const { allowedKey, hubToken, prompt, providerKey, unknownKey } = plantedSecrets
const home = mkdtempSync(join(tmpdir(), 'hearth-redaction-'))
const models = await makeModelsFolder()
/** A provider that repeats in its errors what it was sent, key and prompt and all. */
const upstream = createServer((request, response) => {
  let body = ''
  request.on('data', (bytes) => {
    body += bytes
  })
  request.on('end', () => {
    const message = `Wrong key ${request.headers.authorization ?? request.headers['x-api-key']} in ${body}`
    const status = body.includes('"stream":true') || body.includes('fail') ? 500 : 401
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message, code: 'invalid_api_key' } }))
  })
})
let server: Hearth
let made = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  const plain = `http://127.0.0.1:${port}/v1`
  writeFileSync(
    join(home, 'config.yaml'),
    [
      'log_level: debug',
      'providers:',
      `  - name: custom\n    base_url: ${plain}\n    api_key_env: PLANTED_KEY`,
      `  - name: other\n    base_url: ${plain}\n    api_key_env: PLANTED_KEY\n    api_key_header: x-api-key`,
    ].join('\n'),
  )
  {
    using store = createApiKeyStore({ path: join(home, 'hearth.sqlite'), now: Date.now })
    made = store.create({ name: 'planted', scopes: ['inference', 'read', 'admin'] }).secret
  }
  server = await startHearth({
    modelsFolder: models.path,
    flags: ['--config', join(home, 'config.yaml'), '--no-auto-pull'],
    environment: {
      PATH: process.env.PATH ?? '',
      HEARTH_HOME: home,
      ALLOWED_API_KEYS: allowedKey,
      HF_TOKEN: hubToken,
      PLANTED_KEY: providerKey,
      CEREBRAS_API_KEY: providerKey,
      CEREBRAS_BASE_URL: plain,
    },
  })
})

afterAll(async () => {
  await server?.stop()
  upstream.close()
  models[Symbol.dispose]()
  rmSync(home, { recursive: true, force: true })
})

const json = { 'content-type': 'application/json' }
const asked = (more: object = {}) =>
  JSON.stringify({ messages: [{ role: 'user', content: prompt }], max_tokens: 3, ...more })

/** Every way in which a secret can come to a server. */
const requests = (): readonly (readonly [string, RequestInit])[] => {
  const chat = '/v1/chat/completions'
  const post = (body: string, headers: Record<string, string> = { ...json, authorization: `Bearer ${made}` }) => ({
    method: 'POST',
    headers,
    body,
  })
  return [
    ['/v1/models', { headers: { authorization: `Bearer ${allowedKey}` } }],
    ['/v1/models', { headers: { authorization: `Bearer ${unknownKey}` } }],
    ['/v1/models', { headers: { authorization: `Basic ${btoa(`user:${allowedKey}`)}` } }],
    ['/v1/models', { headers: { 'x-api-key': unknownKey } }],
    ['/v1/models', { headers: { 'api-key': allowedKey } }],
    ['/v1/models', { headers: { 'x-request-id': unknownKey.slice(0, 20), cookie: `key=${unknownKey}` } }],
    [`/v1/models?api_key=${unknownKey}&key=${made}`, { headers: { 'x-api-key': made } }],
    [`${chat}?key=${made}`, post(asked())],
    [chat, post(asked({ stream: true }))],
    [chat, post(asked({ model: prompt }))],
    [chat, post(asked({ temperature: prompt }))],
    [chat, post(asked({ [prompt]: 1 }))],
    [chat, post(asked({ tools: [{ type: 'function', function: { name: prompt.slice(0, 20), description: made } }] }))],
    [chat, post(`{"messages": "${prompt}`)],
    [chat, post(`{"api_key": "${made}", "messages": ${prompt}}`)],
    [chat, post(`${prompt}`, { authorization: `Bearer ${made}`, 'content-type': 'text/plain' })],
    [chat, post(asked(), { ...json, authorization: `Bearer ${unknownKey}` })],
    ['/v1/completions', post(JSON.stringify({ prompt, max_tokens: 3 }))],
    ['/v1/embeddings', post(JSON.stringify({ input: prompt }))],
    ['/v1/responses', post(JSON.stringify({ input: prompt, store: false, max_output_tokens: 16 }))],
    ['/v1/tokenize', post(JSON.stringify({ content: prompt }))],
    ...['custom', 'other', 'cerebras'].flatMap((provider) => [
      [`/${provider}/v1/models`, { headers: { authorization: `Bearer ${made}` } }] as const,
      [`/${provider}/v1/chat/completions`, post(asked({ model: 'x' }))] as const,
      [`/${provider}/v1/chat/completions`, post(asked({ model: 'x', stream: true }))] as const,
      [`/${provider}/v1/embeddings`, post(JSON.stringify({ model: 'fail', input: prompt }))] as const,
      [chat, post(asked({ model: `${provider}/x` }))] as const,
    ]),
    ['/v1/providers', { headers: { authorization: `Bearer ${made}` } }],
    [
      '/v1/pull',
      post(JSON.stringify({ model: `https://user:${unknownKey}@127.0.0.1:1/${prompt}.gguf?token=${made}` })),
    ],
    ['/v1/pull', post(JSON.stringify({ model: `${prompt}/absent` }))],
    [`/v1/models/${made}`, { headers: { authorization: `Bearer ${made}` } }],
  ]
}

test('nothing that a server writes holds a key, a prompt or an answer', async () => {
  const seen: Record<string, number> = {}
  for (const [path, init] of requests()) {
    const response = await fetch(`${server.url}${path}`, { ...init, signal: AbortSignal.timeout(60_000) })
    const text = await response.text()
    const key = `${response.status}`
    seen[key] = (seen[key] ?? 0) + 1
    // What a client sent it may be told again; the keys of others never.
    for (const secret of [providerKey, hubToken, allowedKey])
      expect([path, text.includes(secret)]).toEqual([path, false])
  }
  expect(Object.keys(seen)).toEqual(expect.arrayContaining(['200', '400', '401', '404']))
  for (const bytes of [
    `GET /v1/models HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${made}\r\nbad header ${made}\r\n\r\n`,
    `GET /v1/${made} HTTP/9.9\r\n\r\n`,
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${made}\r\ncontent-length: 5\r\n\r\n${prompt}`,
  ]) {
    using client = await connectRaw(Number(new URL(server.url).port))
    client.socket.end(bytes)
    await client.closed
  }
  await killChildren()
  await server.stop()
  const { log } = server
  expect(log()).toContain('"path":"/v1/chat/completions"')
  expect(linesWithSecrets(log())).toEqual([])
  const gathered = process.env.HEARTH_TEST_OUTPUT
  if (gathered) expect(textsUnder(gathered).some((text) => text.includes(`:${new URL(server.url).port}`))).toBeTrue()
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'config.yaml',
  )
  expect(files.map(({ name }) => name)).toContain('hearth.sqlite')
  for (const { parentPath, name } of files) {
    const text = readFileSync(join(parentPath, name), 'latin1')
    expect([name, secretsIn(text)]).toEqual([name, []])
  }
}, 110_000)

/** Of all logs that the stage for redaction will search. */
const textsUnder = (folder: string) =>
  readdirSync(folder)
    .map((own) => join(folder, own, 'output.log'))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'))

const linesWithSecrets = (text: string) =>
  text.split('\n').flatMap((line) => secretsIn(line).map((secret) => `${secret}: ${line.slice(0, 600)}`))

/** A child that crashes in the middle of its work says what it can, and that goes into the log. */
async function killChildren(): Promise<void> {
  if (!existsSync('/proc/self/task')) return
  const children = readFileSync(`/proc/${server.processId}/task/${server.processId}/children`, 'utf8').trim()
  const body = JSON.stringify({ messages: [{ role: 'user', content: prompt }], max_tokens: 200, stream: true })
  const headers = { ...json, authorization: `Bearer ${made}` }
  const response = await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers, body })
  for (const child of children.split(' ').filter(Boolean)) process.kill(Number(child), 'SIGABRT')
  await response.text()
}
