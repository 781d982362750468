import { expect, test } from 'bun:test'
import { type OpenGatewayOptions, openGateway } from '../../../test/fakes/open-gateway.ts'
import { createApiKeyStore } from '../../store/create-api-key-store.ts'
import { inMemory } from '../../store/database.ts'
import { createKeyRing } from '../../store/key-ring.ts'

const now = () => 1_770_000_000_000
const messages = [{ role: 'user', content: 'Hello!' }]

/** A gateway with keys: `all` for everything that is inference, `some` for two models, `admin`. */
async function openWithKeys(options: OpenGatewayOptions = {}) {
  const store = createApiKeyStore({ path: inMemory, now })
  const secret = (rest: object) => store.create({ scopes: ['inference'], ...rest }).secret
  const secrets = {
    all: secret({}),
    some: secret({ name: 'some', models: ['smollm2-135m-instruct', 'other/fake'] }),
    every: secret({ models: ['other/*'] }),
    none: secret({ models: ['smollm2-135m-instruct'] }),
    admin: secret({ scopes: ['admin'] }),
    narrowAdmin: secret({ scopes: ['admin'], models: ['other/fake'] }),
    read: secret({ scopes: ['read'] }),
  }
  const keys = createKeyRing({ store, given: [], isRequired: 'auto', isForOthers: false, now })
  const open = await openGateway({ upstream: { models: ['fake', 'second'] }, ...options, keys, keyStore: store })
  const headers = (name: keyof typeof secrets) => ({
    'content-type': 'application/json',
    authorization: `Bearer ${secrets[name]}`,
  })
  return Object.assign(open, {
    as: (name: keyof typeof secrets, path: string, body?: unknown, type?: string) =>
      fetch(`${open.server.url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...headers(name), ...(type !== undefined && { 'content-type': type }) },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  })
}

test('a key for some models uses those alone, on every path', async () => {
  await using open = await openWithKeys()
  const ask = async (key: 'some' | 'every' | 'none' | 'all', model: string) => {
    const whole = await open.as(key, '/v1/chat/completions', { model: `other/${model}`, messages })
    const own = await open.as(key, '/other/v1/chat/completions', { model, messages })
    expect(own.status).toBe(whole.status)
    return whole.status
  }
  expect(await ask('some', 'fake')).toBe(200)
  expect(await ask('some', 'second')).toBe(403)
  expect(await ask('every', 'second')).toBe(200)
  expect(await ask('none', 'fake')).toBe(403)
  expect(await ask('all', 'second')).toBe(200)
  const refused = await open.as('some', '/other/v1/chat/completions', { model: 'second', messages })
  expect(await refused.json()).toMatchObject({ error: { code: 'key_not_allowed', param: 'model' } })
  expect(open.upstream.requests).toHaveLength(6)
})

test('a model that is named twice is refused or renamed in both places', async () => {
  await using open = await openWithKeys()
  const body = '{"model":"second","messages":[],"model":"fake"}'
  expect((await open.as('some', '/other/v1/chat/completions', body)).status).toBe(200)
  expect(open.upstream.requests[0]?.body.toString()).toBe('{"model":"fake","messages":[],"model":"fake"}')
})

test('a key for some models sends no form, no file and no question without one of its models', async () => {
  await using open = await openWithKeys()
  const form = (model: string) =>
    `--b\r\nContent-Disposition: form-data; name="file"; filename="a;name=x.wav"\r\n\r\n\u0000\u0001\r\n--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--b--\r\n`
  const type = 'multipart/form-data; boundary=b'
  const path = '/other/v1/audio/transcriptions'
  expect((await open.as('some', path, form('fake'), type)).status).toBe(200)
  expect(open.upstream.requests[0]?.body.toString()).toBe(form('fake'))
  expect(open.upstream.requests[0]?.headers['content-type']).toBe(type)
  expect((await open.as('some', path, form('second'), type)).status).toBe(403)
  expect((await open.as('some', path, `${form('fake')}`.replace('name="file"', 'name="model"'), type)).status).toBe(400)
  expect((await open.as('some', path, '--b\r\n', type)).status).toBe(400)
  expect((await open.as('some', '/other/v1/moderations', { input: 'a' })).status).toBe(403)
  expect((await open.as('some', '/other/v1/responses/resp_1')).status).toBe(403)
  expect((await open.as('narrowAdmin', '/other/v1/batches', {})).status).toBe(403)
  expect(open.upstream.requests).toHaveLength(1)
})

test("what lies in the provider's account asks for admin, before a body is read", async () => {
  await using open = await openWithKeys()
  for (const path of ['files', 'files/file-1', 'batches', 'fine_tuning/jobs', 'assistants', 'vector_stores']) {
    const response = await open.as('all', `/other/v1/${path}`)
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('scope="admin"')
    expect((await open.as('admin', `/other/v1/${path}`)).status).toBe(200)
  }
  expect((await open.as('read', '/v1/providers')).status).toBe(200)
  expect((await open.as('all', '/v1/providers')).status).toBe(403)
  expect((await open.as('read', '/other/v1/models')).status).toBe(403)
})

test('a fallback that the key may not use is not asked, and not told of', async () => {
  await using open = await openWithKeys({
    fallbacks: [{ model: 'smollm2-135m-instruct', to: ['other/second', 'other/fake'] }],
    runtime: { failLoad: () => 'broken' },
  })
  const response = await open.as('some', '/v1/chat/completions', { messages })
  expect(response.headers.get('x-hearth-model')).toBe('other/fake')
  expect(response.headers.get('x-hearth-tried')).toBe('smollm2-135m-instruct')
  const refused = await open.as('none', '/v1/chat/completions', { messages })
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({ error: { code: 'model_load_failed' } })
  expect(refused.headers.get('x-hearth-tried')).not.toContain('other')
})

test('lists show what the key may use', async () => {
  await using open = await openWithKeys()
  const ids = async (key: 'some' | 'every' | 'none', path: string) =>
    ((await (await open.as(key, path)).json()) as { data: { id: string }[] }).data.map(({ id }) => id)
  expect(await ids('some', '/v1/models')).toEqual(['smollm2-135m-instruct', 'other/fake'])
  expect(await ids('every', '/v1/models')).toEqual(['other/fake', 'other/second'])
  expect(await ids('none', '/other/v1/models')).toEqual([])
  expect(await ids('some', '/other/v1/models')).toEqual(['fake'])
  expect((await open.as('some', '/v1/models/other/second')).status).toBe(403)
  expect((await open.as('some', '/other/v1/models/second')).status).toBe(403)
  expect((await open.as('some', '/v1/models/other/fake')).status).toBe(200)
})

test.each(['Model', 'MODEL', 'model\\u0000x', 'm\\u006fdeL'])(
  "a field '%s', which some read as 'model', is refused before anything is sent",
  async (name) => {
    await using open = await openWithKeys()
    for (const path of ['chat/completions', 'moderations']) {
      const response = await open.as('some', `/other/v1/${path}`, `{"model":"fake","messages":[],"${name}":"second"}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code: 'invalid_parameter' } })
    }
    expect((await open.as('all', '/other/v1/moderations', `{"${name}":"second"}`)).status).toBe(400)
    expect(open.upstream.requests).toEqual([])
  },
)

test('a name in escapes, behind a long text, or within other fields is the model that is checked and sent, or is none', async () => {
  await using open = await openWithKeys()
  const long = `"messages":[{"role":"user","content":"${'\\\\\\"model\\":'.repeat(20_000)}","model":"second"}]`
  for (const [model, status] of [
    ['fake', 200],
    ['second', 403],
  ] as const)
    expect((await open.as('some', '/other/v1/chat/completions', `{${long},"m\\u006fdel":"${model}"}`)).status).toBe(
      status,
    )
  const sent = JSON.parse(open.upstream.requests[0]?.body.toString() ?? '')
  expect(sent).toMatchObject({ model: 'fake', messages: [{ model: 'second' }] })
})

test('a key for some models names no further ones in the fields of providers that know such', async () => {
  await using open = await openWithKeys()
  for (const more of [{ models: ['second'] }, { fallbacks: ['second'] }]) {
    const ask = { model: 'other/fake', messages, ...more }
    expect((await open.as('some', '/v1/chat/completions', ask)).status).toBe(403)
    expect((await open.as('all', '/v1/chat/completions', ask)).status).toBe(200)
  }
  expect(open.upstream.requests).toHaveLength(2)
})
