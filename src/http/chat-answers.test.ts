import { describe, expect, test } from 'bun:test'
import { openServer } from '../../test/fakes/open-server.ts'
import type { GenerationRequest } from '../core/generation.ts'
import type { ChatCompletionChunk, ChatCompletionReply } from '../protocol/openai/chat-answers.wire.ts'
import type { FakePiece } from '../runtimes/fake/fake-answer.ts'

const chat = '/v1/chat/completions'
const user = { role: 'user', content: 'What is the weather?' }
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const scripted = (...pieces: FakePiece[]) => openServer({ runtime: { script: () => pieces } })
const twoCalls: FakePiece[] = [
  { type: 'reasoning', text: 'Let me look.' },
  { type: 'call', name: 'weather', arguments: '{"city": "Paris"}' },
  { type: 'call', name: 'weather', arguments: '{"city": "Rome"}' },
]

type Open = ReturnType<typeof openServer>
const whole = async (open: Open, body: object) => {
  const response = await open.post(chat, { messages: [user], ...body })
  expect(response.status).toBe(200)
  return (await response.json()) as ChatCompletionReply
}
const streamed = async (open: Open, body: object) => {
  const response = await open.post(chat, { messages: [user], stream: true, ...body })
  const blocks = (await response.text()).split('\n\n').filter((block) => block.startsWith('data: {'))
  return blocks.map((block) => JSON.parse(block.slice('data: '.length)) as ChatCompletionChunk)
}

describe('calls of tools', () => {
  test('a stream assembles to what the whole answer says', async () => {
    await using open = scripted(...twoCalls)
    const { choices, usage } = await whole(open, { tools: [weather] })
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
    expect(choices[0]?.message.reasoning_content).toBe('Let me look.')
    expect(usage.completion_tokens_details.reasoning_tokens).toBe(3)
    const deltas = (await streamed(open, { tools: [weather] })).map((chunk) => chunk.choices[0]?.delta)
    const assembled = [0, 1].map((index) => {
      const pieces = deltas.flatMap((delta) => delta?.tool_calls ?? []).filter((piece) => piece.index === index)
      expect(pieces.filter(({ id }) => id !== undefined).length).toBe(1)
      return {
        id: pieces[0]?.id,
        type: pieces[0]?.type,
        function: {
          name: pieces[0]?.function.name,
          arguments: pieces.map((piece) => piece.function.arguments).join(''),
        },
      }
    })
    expect(assembled as unknown).toEqual(choices[0]?.message.tool_calls)
  })

  test('the old form is answered in the old form, streamed or not', async () => {
    await using open = scripted({ type: 'call', name: 'weather', arguments: '{"city": "Paris"}' })
    const body = { functions: [weather.function], function_call: { name: 'weather' } }
    const { choices } = await whole(open, body)
    expect(choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { content: null, function_call: { name: 'weather', arguments: '{"city": "Paris"}' } },
    })
    const chunks = await streamed(open, body)
    const pieces = chunks.flatMap((chunk) => chunk.choices[0]?.delta.function_call ?? [])
    expect(pieces[0]).toEqual({ name: 'weather', arguments: '' })
    expect(pieces.map((piece) => piece.arguments).join('')).toBe('{"city": "Paris"}')
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('function_call')
  })

  test('a model that must call calls, and its result is taken in the next turn', async () => {
    await using open = openServer()
    const { choices } = await whole(open, { tools: [weather], tool_choice: 'required' })
    const [call] = choices[0]?.message.tool_calls ?? []
    expect(JSON.parse(call?.function.arguments ?? '')).toEqual({ city: '' })
    const messages = [user, choices[0]?.message, { role: 'tool', tool_call_id: call?.id, content: 'sunny' }]
    expect((await whole(open, { tools: [weather], messages })).choices[0]?.message.content).toBe('Hello there!')
  })

  test('a schema that cannot be held is refused with its place before a model is asked', async () => {
    await using open = openServer()
    const response = await open.post(chat, {
      messages: [user],
      tools: [{ type: 'function', function: { name: 'f', strict: true, parameters: { $ref: '#/$defs/no' } } }],
    })
    expect(response.status).toBe(400)
    const { error } = (await response.json()) as { error: { param: string } }
    expect(error.param).toStartWith('tools[0].function.parameters')
    expect(open.services.engine.status('smollm2-135m-instruct').state).toBe('unloaded')
  })
})

describe('formats', () => {
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  }

  test('a schema reaches the model, in every form', async () => {
    await using open = openServer()
    const forms = [
      { response_format: { type: 'json_schema', json_schema: { name: 'n', strict: true, schema } } },
      { response_format: { type: 'json_object', schema } },
      { json_schema: schema },
    ]
    for (const form of forms) expect((await whole(open, form)).choices[0]?.message.content).toBe('{"n":0}')
    expect((await whole(open, { grammar: 'root ::= "yes"' })).choices[0]?.message.content).toBe('yes')
  })

  test('a schema that cannot be held is refused with the path of its keyword', async () => {
    await using open = openServer()
    const bad = { type: 'object', properties: { a: { $ref: '#/$defs/no' } } }
    const response = await open.post(chat, { messages: [user], json_schema: bad })
    expect(response.status).toBe(400)
    expect(((await response.json()) as { error: { param: string } }).error.param).toStartWith('json_schema.properties')
  })
})

describe('chances', () => {
  test('a stream tells those of the whole answer, token by token', async () => {
    await using open = scripted({ type: 'text', text: 'Hello there, you!' })
    const body = { logprobs: true, top_logprobs: 2 }
    const { choices } = await whole(open, body)
    const content = choices[0]?.logprobs?.content ?? []
    expect(content.map(({ token }) => token).join('')).toBe('Hello there, you!')
    expect(content[0]).toMatchObject({ token: 'Hello', bytes: [72, 101, 108, 108, 111], top_logprobs: [{}, {}] })
    const chunks = await streamed(open, body)
    expect(chunks.flatMap((chunk) => chunk.choices[0]?.logprobs?.content ?? [])).toEqual(content)
    expect((await whole(open, {})).choices[0]?.logprobs).toBeNull()
  })

  test('of a text completion with echo begin with the prompt', async () => {
    await using open = openServer()
    const response = await open.post('/v1/completions', { prompt: 'a b', echo: true, max_tokens: 0, logprobs: 1 })
    const { choices, usage } = (await response.json()) as { choices: object[]; usage: object }
    expect(choices[0]).toMatchObject({
      text: 'a b',
      finish_reason: 'length',
      logprobs: { tokens: ['a', ' b'], token_logprobs: [null, expect.any(Number)], text_offset: [0, 1] },
    })
    expect(usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 0 })
  })
})

test('what was thought is left out where the request says so', async () => {
  await using open = scripted({ type: 'reasoning', text: 'hm hm' }, { type: 'text', text: 'yes' })
  const shown = await whole(open, {})
  expect(shown.choices[0]?.message).toMatchObject({ reasoning_content: 'hm hm', content: 'yes' })
  const hidden = await whole(open, { include_reasoning: false })
  expect(hidden.choices[0]?.message).not.toHaveProperty('reasoning_content')
  expect(hidden.usage.completion_tokens_details.reasoning_tokens).toBe(2)
  expect(JSON.stringify(await streamed(open, { reasoning: { exclude: true } }))).not.toContain('hm')
  expect((await whole(open, { reasoning_budget: 1 })).choices[0]?.message.reasoning_content).toBe('hm')
})

test('keep_alive 0 has the model leave once the answer is given', async () => {
  await using open = openServer()
  await whole(open, { keep_alive: 0 })
  expect(open.services.engine.status('smollm2-135m-instruct').state).toBe('unloaded')
  await whole(open, { keep_alive: '5m' })
  expect(open.services.engine.status('smollm2-135m-instruct').state).toBe('ready')
})

test('num_ctx limits what prompt and answer fill together', async () => {
  await using open = scripted({ type: 'text', text: 'one two three four five' })
  const { choices } = await whole(open, { num_ctx: 8 })
  expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'one two three' } })
  const refused = await open.post(chat, { messages: [user], num_ctx: 5 })
  expect(await refused.json()).toMatchObject({ error: { code: 'context_length_exceeded' } })
})

test('a prompt that cannot fit is refused without being counted', async () => {
  await using open = openServer()
  const response = await open.post(chat, { messages: [{ role: 'user', content: 'x'.repeat(200_000) }] })
  expect(response.status).toBe(400)
  const { error } = (await response.json()) as { error: { code: string; message: string } }
  expect(error.code).toBe('context_length_exceeded')
  expect(error.message).toContain('782 tokens')
})

test('what vLLM calls a format is one', async () => {
  await using open = openServer()
  const contentOf = async (body: object) => (await whole(open, body)).choices[0]?.message.content
  expect(await contentOf({ structured_outputs: { choice: ['yes', 'maybe'] } })).toBe('yes')
  expect(await contentOf({ guided_regex: '[0-9]{3}-x' })).toMatch(/^[0-9]{3}-x$/)
  expect(await contentOf({ guided_json: { type: 'object', properties: {} } })).toBe('{}')
  expect(await contentOf({ guided_grammar: 'root ::= "a"' })).toBe('a')
  const text = await open.post('/v1/completions', { prompt: 'One or two?', guided_choice: ['one', 'two'] })
  expect(((await text.json()) as { choices: { text: string }[] }).choices[0]?.text).toBe('one')
})

test('the runtime is told whether anybody watches the pieces', async () => {
  const told: (boolean | undefined)[] = []
  const script = ({ isWatched }: GenerationRequest) => {
    told.push(isWatched)
    return 'yes'
  }
  await using open = openServer({ runtime: { script } })
  const prompts = { '/v1/completions': { prompt: 'a' }, '/v1/responses': { input: 'a' }, [chat]: { messages: [user] } }
  for (const [path, body] of Object.entries(prompts))
    for (const stream of [false, true]) await (await open.post(path, { ...body, stream })).text()
  expect(told).toEqual([false, true, false, true, false, true])
})
