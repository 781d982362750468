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
    [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role', "'function', found 'robot'"],
    [
      { messages: [user, { role: 'user', content: 5 }] },
      'messages[1].content',
      'expected a string or a list of text parts, found 5',
    ],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', "the role 'user' must have a content"],
    [{ messages: [{ role: 'user', content: null }] }, 'messages[0].content', "the role 'user' must have a content"],
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
    [{ messages: [user], max_token: 5 }, 'max_token', "Unknown parameter: 'max_token'. Did you mean 'max_tokens'?"],
    [{ messages: [user], quux: 5 }, 'quux', "Unknown parameter: 'quux'."],
    [{ messages: [{ ...user, nmae: 'x' }] }, 'messages[0].nmae', "Did you mean 'name'?"],
    [
      { messages: [user], options: { num_ctxx: 5 } },
      'options.num_ctxx',
      "Unknown parameter: 'options.num_ctxx'. Did you mean 'num_ctx'?",
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
    [{ messages: [user], n: 0 }, 'n', 'expected an integer from 1 to 128, found 0'],
    [{ messages: [user], n: 129 }, 'n', 'expected an integer from 1 to 128, found 129'],
    [{ messages: [user], top_logprobs: 21 }, 'top_logprobs', 'expected an integer from 0 to 20, found 21'],
    [{ messages: [user], top_logprobs: 2 }, 'top_logprobs', "it needs 'logprobs': true"],
    [{ messages: [user], frequency_penalty: 2.1 }, 'frequency_penalty', 'expected a number from -2 to 2, found 2.1'],
    [{ messages: [user], logit_bias: { 5: 101 } }, 'logit_bias[5]', 'expected a number from -100 to 100, found 101'],
    [{ messages: [user], logit_bias: { cat: 1 } }, 'logit_bias', "'cat' is not a token id"],
    [{ messages: [user], logit_bias: { 999999: 1 } }, 'logit_bias', 'the vocabulary has no token 999999'],
    [{ messages: [user], repeat_penalty: 0 }, 'repeat_penalty', 'expected a number above 0 and up to 10, found 0'],
    [{ messages: [user], num_ctx: 4096 }, 'num_ctx', 'set n_ctx: 4096 in config.yaml'],
    [{ messages: [user], keep_alive: 'soon' }, 'keep_alive', "a duration like '5m'"],
    [{ messages: [user], ttl: -1 }, 'ttl', 'expected a number of at least 0, found -1'],
    [{ messages: [user], modalities: ['text', 'audio'] }, 'modalities[1]', "expected 'text', found 'audio'"],
    [{ messages: [user], audio: { voice: 'x' } }, 'audio', 'no model here speaks'],
    [{ messages: [user], reasoning_effort: 'some' }, 'reasoning_effort', "found 'some'"],
    [{ messages: [user], metadata: { a: 5 } }, 'metadata.a', 'expected a string, found 5'],
    [
      { messages: [user], metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [n, ''])) },
      'metadata',
      'expected an object of at most 16 fields',
    ],
    [{ messages: [user], stream_options: {} }, 'stream_options', "it needs 'stream': true"],
    [{ messages: [user], tools: [{ type: 'function' }] }, 'tools[0].function', 'it is missing'],
    [{ messages: [user], tools: [{ type: 'custom', custom: {} }] }, 'tools[0].type', 'not supported'],
    [
      { messages: [user], tools: [{ type: 'function', function: { name: 'a b' } }] },
      'tools[0].function.name',
      'expected a name of up to 128 letters, digits',
    ],
    [{ messages: [user], tool_choice: 'required' }, 'tool_choice', "there are no 'tools'"],
    [{ messages: [user], tool_choice: 'always' }, 'tool_choice', "expected 'none', 'auto', 'required'"],
    [{ messages: [{ role: 'assistant', tool_calls: [{}] }] }, 'messages[0].tool_calls[0].id', 'it is missing'],
    [
      { messages: [user, { role: 'tool', content: 'x', tool_call_id: 'a' }] },
      'messages[1].tool_call_id',
      "the messages right before it make no call 'a'",
    ],
    [{ messages: [user], response_format: { type: 'xml' } }, 'response_format.type', "found 'xml'"],
    [
      { messages: [user], response_format: { type: 'json_schema', json_schema: { name: 'a b', schema: {} } } },
      'response_format.json_schema.name',
      'expected a name of up to 64 letters',
    ],
    [{ messages: [user], guided_regex: '(' }, 'guided_regex', 'Invalid value'],
    [
      { messages: [user], structured_outputs: { regex: 'a^b' } },
      'structured_outputs.regex',
      'can be enforced only where',
    ],
    [{ messages: [user], structured_outputs: { structural_tag: '' } }, 'structured_outputs.structural_tag', 'Unknown'],
    [{ messages: [user], structured_outputs: { json: { type: 'x' } } }, 'structured_outputs.json.type', 'Invalid'],
    [{ prompt: 'a', guided_json: 'x' }, 'guided_json', 'expected a JSON Schema', '/v1/completions'],
    [{}, 'prompt', 'it is missing', '/v1/completions'],
    [{ prompt: [] }, 'prompt', 'found an empty list', '/v1/completions'],
    [{ prompt: 'x', logprobs: 6 }, 'logprobs', 'expected an integer from 0 to 5, found 6', '/v1/completions'],
    [{ prompt: 'x', max_tokens: -2 }, 'max_tokens', 'expected an integer of at least 0', '/v1/completions'],
    [{ prompt: 'x', n: 3, best_of: 2 }, 'best_of', 'it must not be less than', '/v1/completions'],
    [{ prompt: 'x', response_format: { type: 'text' } }, 'response_format', 'json_schema', '/v1/completions'],
    [{ prompt: 'x', messages: [] }, 'messages', "Unknown parameter: 'messages'", '/v1/completions'],
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

test('a picture is an error about what the model can do', async () => {
  const content = [
    { type: 'text', text: 'a' },
    { type: 'image_url', image_url: { url: 'x' } },
  ]
  const { status, error } = await refusal(chat, { messages: [{ role: 'user', content }] })
  expect(status).toBe(400)
  expect(error).toMatchObject({ code: 'ability_missing', param: 'messages[0].content[1]' })
  expect(error.message).toBe("The model 'smollm2-135m-instruct' cannot read images.")
})

test('of several prompts the error names the one that is too long', async () => {
  const long = 'word '.repeat(300)
  expect((await refusal('/v1/completions', { prompt: ['a', long] })).error).toMatchObject({
    code: 'context_length_exceeded',
    param: 'prompt[1]',
  })
  expect((await refusal('/v1/completions', { prompt: long })).error.param).toBe('prompt')
})

test('what changes nothing is let through: nulls and parameters without effect', async () => {
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
    cache_prompt: true,
    id_slot: 3,
    mirostat: 0,
    options: { num_gpu: 5 },
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
    ['deep nesting', deep, 400, 'invalid_json'],
    ['deep nesting in a field', `{"messages": ${deep}}`, 400, 'invalid_json'],
    ['deep nesting in an unknown field of a bad body', `{"messages": 1, "x": ${deep}}`, 400, 'invalid_json'],
    [
      'deep nesting where anything may stand',
      `{"messages": [{"role": "user", "content": "x"}], "chat_template_kwargs": {"x": ${deep}}}`,
      400,
      'invalid_json',
    ],
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

test('JSON with more values than anybody needs is refused before they are made', async () => {
  await using roomy = openServer({ limits: { maxBodyBytes: 8_000_000 } })
  const send = async (values: number) => {
    const body = `{"messages": [${'{},'.repeat(values - 1)}{}]}`
    const response = await fetch(`${roomy.server.url}${chat}`, { method: 'POST', body })
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code]
  }
  expect(await send(1_000_000)).toEqual([400, 'invalid_json'])
  expect(await send(100_000)).toEqual([400, 'invalid_parameter'])
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
