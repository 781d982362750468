import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { expectLikeness, sentences } from '../expect-answers.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

let server: Hearth
let client: OpenAI
const question = {
  model: 'smollm2-135m-instruct',
  messages: [{ role: 'user' as const, content: 'What is the capital of France?' }],
  temperature: 0,
  max_tokens: 16,
}

beforeAll(async () => {
  server = await startHearth()
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none' })
})
afterAll(() => server?.stop())

test('lists the two default models', async () => {
  const models = await Array.fromAsync(client.models.list())
  expect(models.map((model) => model.id)).toEqual(['smollm2-135m-instruct', 'all-minilm-l6-v2'])
})

test('chats, and counts the tokens', async () => {
  const answer = await client.chat.completions.create(question)
  expect(answer.choices[0]?.message.content?.trim()).toBeTruthy()
  expect(answer.usage?.completion_tokens).toBeGreaterThan(0)
  expect(answer.usage?.completion_tokens).toBeLessThanOrEqual(16)
})

test('streams the same text as it answers whole', async () => {
  const whole = await client.chat.completions.create(question)
  const stream = await client.chat.completions.create({
    ...question,
    stream: true,
    stream_options: { include_usage: true },
  })
  const chunks = await Array.fromAsync(stream)
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
  expect(text).toBe(whole.choices[0]?.message.content ?? '')
  expect(chunks.at(-1)?.usage?.completion_tokens).toBe(whole.usage?.completion_tokens ?? -1)
})

test.each(['float', 'base64'] as const)('embeds as %s, and near meanings lie near', async (format) => {
  const answer = await client.embeddings.create({
    model: 'all-minilm-l6-v2',
    input: [...sentences],
    encoding_format: format,
  })
  const vectors = answer.data.map((row) => row.embedding as number[] | string)
  expectLikeness(vectors.map(readVector))
})

test('an unknown model is the error that the package knows', async () => {
  const error = await client.chat.completions.create({ ...question, model: 'absent' }).catch((caught) => caught)
  expect(error).toBeInstanceOf(OpenAI.NotFoundError)
  expect(error.param).toBe('model')
})

function readVector(vector: number[] | string): number[] {
  if (typeof vector !== 'string') return vector
  const bytes = Uint8Array.from(Buffer.from(vector, 'base64'))
  return [...new Float32Array(bytes.buffer)]
}
