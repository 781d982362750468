import { afterAll, describe, expect, test } from 'bun:test'
import { openServer } from '../../test/fakes/open-server.ts'
import { connectRaw } from '../../test/fakes/raw-client.ts'
import type { ErrorEnvelope } from '../protocol/openai/error.wire.ts'

const open = openServer({ limits: { maxBodyBytes: 100_000 } })
afterAll(() => open[Symbol.asyncDispose]())
const { url, port } = open.server

const chat = '/v1/chat/completions'
const user = { role: 'user', content: 'hi' }

async function refusal(path: string, body: unknown, init?: RequestInit) {
  const response = await open.post(path, body, init)
  const { error } = (await response.json()) as ErrorEnvelope
  return { status: response.status, error, headers: response.headers }
}

describe('a body with a wrong value is refused with 400, the field and what belongs there', () => {
  const cases: readonly [body: unknown, param: string, message: string, path?: string][] = [
    [{}, 'messages', "Invalid value for 'messages': it is missing; expected a list of at least one message."],
    [[], 'body', "Invalid value for 'body': expected an object, found an empty list."],
    [42, 'body', "Invalid value for 'body': expected an object, found 42."],
    [{ messages: [] }, 'messages', 'expected a list of at least one message, found an empty list'],
    [{ messages: 'my secret prompt' }, 'messages', 'found a string of 16 characters'],
    [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role', "'tool', found 'robot'"],
    [
      { messages: [user, { role: 'user', content: 5 }] },
      'messages[1].content',
      'expected a string or a list of text parts, found 5',
    ],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', "the role 'user' must have a content"],
    [{ messages: [{ role: 'user', content: null }] }, 'messages[0].content', "the role 'user' must have a content"],
    [
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'image_url', image_url: { url: 'x' } },
            ],
          },
        ],
      },
      'messages[0].content[1].type',
      "expected 'text' (this version reads no images, audio or files), found 'image_url'",
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 7 }] }] },
      'messages[0].content[0].text',
      'expected a string, found 7',
    ],
    [
      { messages: [{ role: 'user', content: [{ text: 'a' }] }] },
      'messages[0].content[0].type',
      "it is missing; expected 'text'",
    ],
    [{ messages: [user], temperature: 2.5 }, 'temperature', 'expected a number from 0 to 2, found 2.5'],
    [{ messages: [user], temperature: 'hot' }, 'temperature', "expected a number from 0 to 2, found 'hot'"],
    [{ messages: [user], top_p: -1 }, 'top_p', 'expected a number from 0 to 1, found -1'],
    [
      { messages: [user], max_tokens: 0 },
      'max_tokens',
      'expected an integer of at least 1, or -1 for no limit, found 0',
    ],
    [{ messages: [user], max_completion_tokens: 1.5 }, 'max_completion_tokens', 'found 1.5'],
    [{ messages: [user], seed: 'x' }, 'seed', 'expected an integer'],
    [
      { messages: [user], stop: '' },
      'stop',
      'a non-empty string, or a list of up to 16 of them, found an empty string',
    ],
    [{ messages: [user], stop: ['a', ''] }, 'stop[1]', 'expected a non-empty string, found an empty string'],
    [{ messages: [user], stop: Array(17).fill('a') }, 'stop', 'found a list of 17 items'],
    [{ messages: [user], stream: 'yes' }, 'stream', "expected true or false, found 'yes'"],
    [
      { messages: [user], stream_options: { include_usage: 1 } },
      'stream_options.include_usage',
      'expected true or false, found 1',
    ],
    [{ messages: [user], model: 7 }, 'model', 'expected a string, found 7'],
    [{ messages: [user], n: 2 }, 'n', "'n' is not supported here"],
    [{ messages: [user], tools: [{ type: 'function' }] }, 'tools', "'tools' is not supported here"],
    [{ messages: [{ role: 'assistant', content: null, tool_calls: [{}] }] }, 'messages[0].tool_calls', 'not supported'],
    [{}, 'prompt', 'it is missing', '/v1/completions'],
    [{ prompt: [] }, 'prompt', 'found an empty list', '/v1/completions'],
    [{ prompt: 'x', echo: true }, 'echo', 'not supported', '/v1/completions'],
    [{}, 'input', 'it is missing', '/v1/embeddings'],
    [{ input: '' }, 'input', 'a non-empty string', '/v1/embeddings'],
    [{ input: [] }, 'input', 'found an empty list', '/v1/embeddings'],
    [{ input: ['a', ''] }, 'input[1]', 'expected a non-empty string, found an empty string', '/v1/embeddings'],
    [{ input: ['a', 5] }, 'input[1]', 'expected a non-empty string, found 5', '/v1/embeddings'],
    [{ input: [5, 'a'] }, 'input[1]', "expected a token id, found 'a'", '/v1/embeddings'],
    [{ input: [true] }, 'input[0]', 'found true', '/v1/embeddings'],
    [{ input: [[1], [1.5]] }, 'input[1][0]', 'expected a token id, found 1.5', '/v1/embeddings'],
    [{ input: Array(2049).fill('a') }, 'input', 'found a list of 2049 items', '/v1/embeddings'],
    [
      { input: 'a', encoding_format: 'hex' },
      'encoding_format',
      "expected one of 'float', 'base64', found 'hex'",
      '/v1/embeddings',
    ],
    [{ input: 'a', dimensions: 0 }, 'dimensions', 'expected an integer of at least 1, found 0', '/v1/embeddings'],
    [
      { input: 'a', dimensions: 9 },
      'dimensions',
      'the vectors of this model have 8 numbers, found 9',
      '/v1/embeddings',
    ],
  ]
  for (const [body, param, message, path = chat] of cases)
    test(`${path} ${param}: ${JSON.stringify(body).slice(0, 60)}`, async () => {
      const { status, error } = await refusal(path, body)
      expect(status).toBe(400)
      expect(error.param).toBe(param)
      expect(error.message).toContain(message)
      expect(error.type).toBe('invalid_request_error')
      expect(error.hint).toContain(param)
    })
})

test('a model of the wrong kind is an error about the model', async () => {
  const { error } = await refusal(chat, { messages: [user], model: 'all-minilm-l6-v2' })
  expect(error).toMatchObject({ code: 'ability_missing', param: 'model' })
})

test('of several prompts the error names the one that is too long', async () => {
  const long = 'word '.repeat(300)
  expect((await refusal('/v1/completions', { prompt: ['a', long] })).error).toMatchObject({
    code: 'context_length_exceeded',
    param: 'prompt[1]',
  })
  expect((await refusal('/v1/completions', { prompt: long })).error.param).toBe('prompt')
})

test('what changes nothing is let through: nulls, unknown fields, parameters without effect', async () => {
  const body = {
    messages: [user],
    model: null,
    stop: null,
    temperature: null,
    n: 1,
    tools: [],
    tool_choice: 'auto',
    response_format: { type: 'text' },
    logit_bias: {},
    frequency_penalty: 0,
    user: 'me',
    metadata: { a: 'b' },
    something_new: [1, 2],
    max_tokens: -1,
    seed: 123456789012345680000,
  }
  expect((await open.post(chat, body)).status).toBe(200)
})

describe('bytes that are no request get a 4xx, and the server goes on', () => {
  const deep = `${'['.repeat(40_000)}${']'.repeat(40_000)}`
  const cases: readonly [name: string, body: BodyInit, status: number, code: string][] = [
    ['no JSON', '{"messages": [', 400, 'invalid_json'],
    ['no body', '', 400, 'invalid_json'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), 400, 'invalid_json'],
    ['deep nesting', deep, 400, ''],
    ['deep nesting in a field', `{"messages": ${deep}}`, 400, ''],
    ['deep nesting in an unknown field of a bad body', `{"messages": 1, "x": ${deep}}`, 400, ''],
    ['prototype keys', '{"__proto__": {"messages": []}, "constructor": 1}', 400, 'invalid_parameter'],
    [
      'a prototype as a parameter',
      '{"messages": [{"__proto__": {"role": "user", "content": "x"}}]}',
      400,
      'invalid_parameter',
    ],
    [
      'a number out of range',
      '{"messages": [{"role": "user", "content": "x"}], "temperature": 1e999}',
      400,
      'invalid_parameter',
    ],
    ['too much', 'x'.repeat(100_001), 413, 'body_too_large'],
  ]
  for (const [name, body, status, code] of cases)
    test(name, async () => {
      const { status: got, error } = await refusal(chat, undefined, { body })
      expect(got).toBe(status)
      expect(error.code).toContain(code)
      expect(error.message).not.toContain('messages": [')
      expect((await fetch(`${url}/health`)).status).toBe(200)
    })

  test('null bytes in a text are a text', async () => {
    expect((await open.post(chat, { messages: [{ role: 'user', content: 'a\0b' }], stop: '\0' })).status).toBe(200)
  })
})

test('JSON with a byte order mark, or called a form as `curl -d` does, is read', async () => {
  const body = JSON.stringify({ messages: [user] })
  expect((await open.post(chat, `\ufeff${body}`)).status).toBe(200)
  const form = { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  expect((await open.post(chat, undefined, form)).status).toBe(200)
  expect((await open.post(chat, undefined, { body, headers: { 'content-type': 'text/plain' } })).status).toBe(200)
})

test('what is not JSON for certain is refused with 415', async () => {
  const form = new FormData()
  form.set('file', 'x')
  const multipart = await fetch(`${url}${chat}`, { method: 'POST', body: form })
  expect(multipart.status).toBe(415)
  const zipped = await refusal(chat, { messages: [user] }, { headers: { 'content-encoding': 'gzip' } })
  expect(zipped.error.message).toContain('compressed (gzip)')
  expect(zipped.error.hint).toContain('not compressed')
  const unnamed = { headers: { 'content-encoding': '' } }
  expect((await open.post(chat, { messages: [user] }, unnamed)).status).toBe(200)
})

test('a chunked body over the limit is refused with 413, though it never says how long it is', async () => {
  using client = await connectRaw(port)
  client.socket.write(`POST ${chat} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n`)
  const chunk = `c350\r\n${'x'.repeat(50_000)}\r\n`
  for (let sent = 0; sent < 6; sent++) client.socket.write(chunk)
  await client.until('"code":"body_too_large"')
  expect(client.text()).toStartWith('HTTP/1.1 413')
  await client.closed
})

test('a body that says it is far too long is refused before it is sent', async () => {
  using client = await connectRaw(port)
  client.socket.write(`POST ${chat} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9000000000\r\n\r\n`)
  await client.until('"code":"body_too_large"')
})

describe('what no route takes', () => {
  test('an unknown path is 404 in the same shape', async () => {
    const response = await fetch(`${url}/v1/nothing`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'route_not_found', param: null } })
  })
  test('a wrong method is 405 and names the right ones', async () => {
    const response = await fetch(`${url}${chat}`)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
    const models = await fetch(`${url}/v1/models/x`, { method: 'DELETE' })
    expect(models.headers.get('allow')).toBe('GET, HEAD')
  })
  test('HEAD answers as GET does, without a body; OPTIONS names the methods', async () => {
    const head = await fetch(`${url}/health`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(10)
    const options = await fetch(`${url}/health`, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
  })
  test('two slashes are not one: the path is unknown, with no word of methods', async () => {
    using client = await connectRaw(port)
    client.socket.write('GET // HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await client.until('"code":"route_not_found"')
  })
  test('a bad escape, a slash in an id and a very long path are no trouble', async () => {
    for (const id of ['%zz', 'a%2Fb', 'a/b', '%00', 'x'.repeat(8000)])
      expect((await fetch(`${url}/v1/models/${id}`)).status).toBe(404)
  })
})

describe('whatever the Host header says, the path is what counts', () => {
  const heads = [
    'GET /health HTTP/1.0',
    'GET /health HTTP/1.1\r\nhost:',
    'GET /health HTTP/1.1\r\nhost: pi',
    'GET /health HTTP/1.1\r\nhost: a b%%',
    'GET /health HTTP/1.1\r\nhost: x/y?z#',
    'GET /health HTTP/1.1\r\nhost: pi:99999',
    'GET http://elsewhere/health HTTP/1.1\r\nhost: localhost',
  ]
  for (const head of heads)
    test(JSON.stringify(head), async () => {
      using client = await connectRaw(port)
      client.socket.write(`${head}\r\n\r\n`)
      await client.until('"status":"ok"')
      expect(client.text()).toStartWith('HTTP/1.1 200')
    })

  test('a target that is no path is 404', async () => {
    using client = await connectRaw(port)
    client.socket.write('CONNECT elsewhere:80 HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await client.until('"code":"route_not_found"')
  })
})

test('a request keeps the name that its client gave it, where that is a sane one', async () => {
  const named = await fetch(`${url}/health`, { headers: { 'x-request-id': 'mine-1' } })
  expect(named.headers.get('x-request-id')).toBe('mine-1')
  const insane = await fetch(`${url}/health`, { headers: { 'x-request-id': 'a b"c' } })
  expect(insane.headers.get('x-request-id')).toStartWith('req-')
})

test('the access line says how a request went, and nothing of what was said', async () => {
  const content = 'a very private matter'
  await open.post(chat, { messages: [{ role: 'user', content }] }, { headers: { 'x-request-id': 'private' } })
  const line = await open.services.log.waitFor(({ facts }) => facts.requestId === 'private')
  expect(line.facts).toMatchObject({ method: 'POST', path: chat, status: 200 })
  expect(line.facts.bytes).toBeGreaterThan(100)
  expect(JSON.stringify(open.services.log.lines)).not.toContain('private matter')
})
