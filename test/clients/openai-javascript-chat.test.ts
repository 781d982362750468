import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { City, chatModel, cold, Heating, question } from './questions.ts'

let server: Hearth
let client: OpenAI

beforeAll(async () => {
  server = await startHearth()
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 })
})
afterAll(() => server?.stop())

const describeCity = {
  model: chatModel,
  messages: [{ role: 'user' as const, content: 'Describe a city.' }],
  response_format: zodResponseFormat(City, 'city'),
  temperature: 0,
  max_tokens: 120,
}
const setHeating = zodFunction({ name: 'set_heating', description: 'Sets the heating.', parameters: Heating })
const heat = {
  model: chatModel,
  messages: [{ role: 'user' as const, content: cold }],
  temperature: 0,
  max_tokens: 120,
}

test('streams the same text and the same usage as it answers whole', async () => {
  const whole = await client.chat.completions.create(question)
  const stream = await client.chat.completions.create({
    ...question,
    stream: true,
    stream_options: { include_usage: true },
  })
  const chunks = await Array.fromAsync(stream)
  expect(whole.choices[0]?.message.content?.trim()).toBeTruthy()
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
    whole.choices[0]?.message.content ?? '',
  )
  expect(chunks.at(-1)?.usage?.completion_tokens).toBe(whole.usage?.completion_tokens ?? -1)
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
})

test('the stream helper assembles text, logprobs and usage', async () => {
  const stream = client.chat.completions.stream({
    ...question,
    logprobs: true,
    top_logprobs: 2,
    stream_options: { include_usage: true },
  })
  let text = ''
  stream.on('content', (delta, snapshot) => {
    text += delta
    expect(snapshot).toBe(text)
  })
  const final = await stream.finalChatCompletion()
  const whole = await client.chat.completions.create({ ...question, logprobs: true, top_logprobs: 2 })
  expect(text).toBe(whole.choices[0]?.message.content ?? '')
  expect(final.choices[0]?.logprobs?.content).toEqual(whole.choices[0]?.logprobs?.content ?? [])
  expect(final.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason ?? 'stop')
  expect(await stream.totalUsage()).toMatchObject({ completion_tokens: whole.usage?.completion_tokens ?? -1 })
})

test('parses an answer by a zod schema, whole and streamed', async () => {
  const whole = await client.chat.completions.parse(describeCity)
  const streamed = await client.chat.completions.stream(describeCity).finalChatCompletion()
  expect(whole.choices[0]?.finish_reason).toBe('stop')
  expect(City.parse(whole.choices[0]?.message.parsed)).toEqual(JSON.parse(whole.choices[0]?.message.content ?? ''))
  expect(streamed.choices[0]?.message.parsed).toEqual(whole.choices[0]?.message.parsed ?? null)
})

test('a recursive schema is kept to as well', async () => {
  const schema = {
    type: 'object',
    properties: { root: { $ref: '#/$defs/node' } },
    required: ['root'],
    additionalProperties: false,
    $defs: {
      node: {
        type: 'object',
        properties: {
          name: { type: 'string', maxLength: 5 },
          next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
        },
        required: ['name', 'next'],
        additionalProperties: false,
      },
    },
  }
  const answer = await client.chat.completions.create({
    ...describeCity,
    temperature: 1.5,
    seed: 11,
    response_format: { type: 'json_schema', json_schema: { name: 'list', strict: true, schema } },
  })
  interface Node {
    readonly name: string
    readonly next: Node | null
  }
  const { root } = JSON.parse(answer.choices[0]?.message.content ?? '') as { root: Node }
  for (let node: Node | null = root; node; node = node.next) {
    expect(Object.keys(node).sort()).toEqual(['name', 'next'])
    expect([...node.name].length).toBeLessThanOrEqual(5)
  }
})

test('gives several choices, each with its own words', async () => {
  const call = { ...question, n: 3, temperature: 1, seed: 7, max_tokens: 8 }
  const whole = await client.chat.completions.create(call)
  const streamed = await client.chat.completions.stream(call).finalChatCompletion()
  const texts = whole.choices.map(({ message }) => message.content)
  expect(whole.choices.map(({ index }) => index)).toEqual([0, 1, 2])
  expect(new Set(texts).size).toBeGreaterThan(1)
  expect(streamed.choices.map(({ message }) => message.content)).toEqual(texts)
})

test('a banned token does not come, and a forced one comes at once', async () => {
  const free = await client.chat.completions.create({ ...question, max_tokens: 1, logprobs: true })
  const word = free.choices[0]?.logprobs?.content?.[0]?.token ?? ''
  const reply = await fetch(`${server.url}/v1/tokenize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: chatModel, prompt: word, add_special_tokens: false }),
  })
  const { tokens } = (await reply.json()) as { tokens: number[] }
  const biased = (bias: number, max_tokens: number) =>
    client.chat.completions.create({ ...question, max_tokens, logprobs: true, logit_bias: { [tokens[0] ?? 0]: bias } })
  expect(tokens).toHaveLength(1)
  expect((await biased(-100, 1)).choices[0]?.logprobs?.content?.[0]?.token).not.toBe(word)
  const forced = (await biased(100, 3)).choices[0]?.logprobs?.content ?? []
  expect(forced.map(({ token }) => token)).toEqual([word, word, word])
})

test('streams a call whose arguments only grow, and are the same whole', async () => {
  const call = { ...heat, tools: [setHeating], tool_choice: 'required' as const }
  const stream = client.chat.completions.stream(call)
  let assembled = ''
  stream.on('tool_calls.function.arguments.delta', (event) => {
    if (event.index > 0) return
    assembled += event.arguments_delta
    expect(event.arguments).toBe(assembled)
  })
  const final = await stream.finalChatCompletion()
  const whole = await client.chat.completions.parse(call)
  expect(final.choices[0]?.finish_reason).toBe('tool_calls')
  expect(callsOf(final)[0]?.text).toBe(assembled)
  expect(callsOf(final)).toEqual(callsOf(whole))
  for (const { parsed } of callsOf(whole)) Heating.parse(parsed)
})

test.each([false, true])('runs the function of a tool (streamed: %p)', async (stream) => {
  const run: unknown[] = []
  const tool = zodFunction({
    name: 'set_heating',
    description: 'Sets the heating.',
    parameters: Heating,
    function: (heating) => {
      run.push(heating)
      return 'done'
    },
  })
  const tool_choice = { type: 'function' as const, function: { name: 'set_heating' } }
  const runner = stream
    ? client.chat.completions.runTools({ ...heat, tools: [tool], tool_choice, stream })
    : client.chat.completions.runTools({ ...heat, tools: [tool], tool_choice })
  expect(await runner.finalFunctionToolCallResult()).toBe('done')
  expect(run).toHaveLength(1)
  Heating.parse(run[0])
})

test('answers after the results of tools', async () => {
  const call = await client.chat.completions.create({ ...heat, tools: [setHeating], tool_choice: 'required' })
  const message = call.choices[0]?.message
  const results = (message?.tool_calls ?? []).map(({ id }) => ({
    role: 'tool' as const,
    tool_call_id: id,
    content: 'done',
  }))
  const answer = await client.chat.completions.create({
    ...question,
    messages: [...heat.messages, ...(message ? [message] : []), ...results],
    tools: [setHeating],
    tool_choice: 'none',
  })
  expect(results.length).toBeGreaterThan(0)
  expect(answer.choices[0]?.message.tool_calls ?? []).toEqual([])
  expect(answer.choices[0]?.message.content?.trim()).toBeTruthy()
})

test('without parallel calls there is one, of the allowed tools', async () => {
  const other = zodFunction({ name: 'open_window', description: 'Opens a window.', parameters: Heating })
  const answer = await client.chat.completions.create({
    ...heat,
    tools: [setHeating, other],
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'open_window' } }] },
    },
    parallel_tool_calls: false,
  })
  expect(callsOf(answer).map(({ name }) => name)).toEqual(['open_window'])
})

test('knows functions in the old form', async () => {
  const { name, description = '', parameters = {} } = setHeating.function
  const answer = await client.chat.completions.create({
    ...heat,
    functions: [{ name, description, parameters }],
    function_call: { name },
  })
  const message = answer.choices[0]?.message
  expect(message?.function_call?.name).toBe('set_heating')
  Heating.parse(JSON.parse(message?.function_call?.arguments ?? ''))
})

test('continues the last message of the assistant', async () => {
  const answer = await client.chat.completions.create({
    ...question,
    messages: [...question.messages, { role: 'assistant', content: 'The capital of France is' }],
    max_tokens: 4,
  })
  expect(answer.choices[0]?.message.content).toMatch(/^ ?\S/)
})

test('an unknown model is the error that the package knows', async () => {
  const error = await client.chat.completions.create({ ...question, model: 'absent' }).catch((caught) => caught)
  expect(error).toBeInstanceOf(OpenAI.NotFoundError)
  expect(error.param).toBe('model')
})

/** The names and arguments of the calls in a first choice. */
function callsOf(completion: OpenAI.ChatCompletion) {
  return (completion.choices[0]?.message.tool_calls ?? []).map((call) => {
    if (call.type !== 'function') throw new Error(`A call of type ${call.type}.`)
    const { name, arguments: text } = call.function
    return { name, text, parsed: JSON.parse(text) as unknown }
  })
}
