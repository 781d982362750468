import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { City, chatModel, cold, Heating } from './questions.ts'

let server: Hearth
let client: OpenAI

beforeAll(async () => {
  server = await startHearth()
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 })
})
afterAll(() => server?.stop())

const question = {
  model: chatModel,
  instructions: 'Answer in few words.',
  input: 'What is the capital of France?',
  temperature: 0,
  max_output_tokens: 16,
}
const tool = zodResponsesFunction({ name: 'set_heating', description: 'Sets the heating.', parameters: Heating })

test('streams the same text as it answers whole, numbered', async () => {
  const whole = await client.responses.create(question)
  const events = await Array.fromAsync(await client.responses.create({ ...question, stream: true }))
  const text = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')
  expect(whole.output_text.trim()).toBeTruthy()
  expect(text).toBe(whole.output_text)
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
  expect(events[0]?.type).toBe('response.created')
  expect(['response.completed', 'response.incomplete']).toContain(events.at(-1)?.type ?? '')
})

test('the stream helper assembles the whole response', async () => {
  const stream = client.responses.stream(question)
  let text = ''
  stream.on('response.output_text.delta', (event) => {
    text += event.delta
    expect(event.snapshot).toBe(text)
  })
  const final = await stream.finalResponse()
  expect(final.output_text).toBe(text)
  expect(final.usage?.output_tokens).toBeGreaterThan(0)
})

test('parses an answer by a zod schema, whole and streamed', async () => {
  const call = {
    model: chatModel,
    input: 'Describe a city.',
    text: { format: zodTextFormat(City, 'city') },
    temperature: 0,
    max_output_tokens: 120,
  }
  const whole = await client.responses.parse(call)
  const streamed = await client.responses.stream(call).finalResponse()
  expect(whole.status).toBe('completed')
  expect(City.parse(whole.output_parsed)).toEqual(JSON.parse(whole.output_text))
  expect(streamed.output_parsed).toEqual(whole.output_parsed)
})

test('calls a tool, streamed too, and goes on with its result', async () => {
  const call = { model: chatModel, tools: [tool], temperature: 0, max_output_tokens: 120 }
  const forced = { ...call, input: cold, tool_choice: 'required' as const }
  const first = await client.responses.parse(forced)
  const streamed = await client.responses.stream(forced).finalResponse()
  const made = first.output.filter((item) => item.type === 'function_call')
  expect(made.length).toBeGreaterThan(0)
  for (const item of made) {
    expect(item.name).toBe('set_heating')
    Heating.parse(item.parsed_arguments)
  }
  const again = streamed.output.filter((item) => item.type === 'function_call')
  expect(again.map((item) => item.arguments)).toEqual(made.map((item) => item.arguments))
  const answer = await client.responses.create({
    ...call,
    max_output_tokens: 16,
    previous_response_id: first.id,
    input: made.map(({ call_id }) => ({ type: 'function_call_output', call_id, output: 'done' })),
    tool_choice: 'none',
  })
  expect(answer.output_text.trim()).toBeTruthy()
})

test('keeps a response, lists what went in, replays its events, deletes it', async () => {
  const made = await client.responses.create({ ...question, metadata: { topic: 'cities' } })
  const found = await client.responses.retrieve(made.id)
  expect(found.output_text).toBe(made.output_text)
  expect(found.metadata).toEqual({ topic: 'cities' })
  const items = await Array.fromAsync(client.responses.inputItems.list(made.id))
  expect(items).toMatchObject([{ type: 'message', role: 'user', content: [{ text: question.input }] }])
  await client.responses.delete(made.id)
  const error = await client.responses.retrieve(made.id).catch((caught) => caught)
  expect(error).toBeInstanceOf(OpenAI.NotFoundError)
})

test('a conversation goes on by the name of its last response', async () => {
  const first = await client.responses.create(question)
  const second = await client.responses.create({ ...question, input: 'And of Spain?', previous_response_id: first.id })
  expect(second.previous_response_id).toBe(first.id)
  expect(second.usage?.input_tokens).toBeGreaterThan(first.usage?.input_tokens ?? 0)
})

test('answers in the background, whose events can be followed later', async () => {
  const begun = await client.responses.create({ ...question, background: true, stream: true })
  let id = ''
  let seen = 0
  for await (const event of begun) {
    if (event.type === 'response.created') id = event.response.id
    seen = event.sequence_number
    if (event.type === 'response.output_text.delta') break
  }
  const rest = await Array.fromAsync(await client.responses.retrieve(id, { stream: true, starting_after: seen }))
  expect(rest[0]?.sequence_number).toBe(seen + 1)
  expect(['response.completed', 'response.incomplete']).toContain(rest.at(-1)?.type ?? '')
})

test('cancels what is made in the background', async () => {
  const long = await client.responses.create({
    ...question,
    input: 'Tell me a long story.',
    max_output_tokens: 2000,
    background: true,
  })
  expect((await client.responses.cancel(long.id)).status).toBe('cancelled')
  expect((await client.responses.retrieve(long.id)).status).toBe('cancelled')
})
