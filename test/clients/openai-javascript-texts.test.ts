import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { expectLikeness, sentences } from '../expect-answers.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { chatModel, embeddingModel } from './questions.ts'

let server: Hearth
let client: OpenAI

beforeAll(async () => {
  server = await startHearth()
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 })
})
afterAll(() => server?.stop())

const prompt = { model: chatModel, prompt: 'Once upon a time', temperature: 0, max_tokens: 8 }

test('lists the two default models', async () => {
  const models = await Array.fromAsync(client.models.list())
  expect(models.map((model) => model.id)).toEqual([chatModel, embeddingModel])
})

test('streams the same text as it completes whole', async () => {
  const whole = await client.completions.create(prompt)
  const stream = await client.completions.create({ ...prompt, stream: true, stream_options: { include_usage: true } })
  const chunks = await Array.fromAsync(stream)
  expect(whole.choices[0]?.text.trim()).toBeTruthy()
  expect(whole.choices[0]?.finish_reason).toBe('length')
  expect(chunks.map((chunk) => chunk.choices[0]?.text ?? '').join('')).toBe(whole.choices[0]?.text ?? '')
  expect(chunks.at(-1)?.usage?.completion_tokens).toBe(8)
})

test('repeats the prompt with the chances of its tokens', async () => {
  const answer = await client.completions.create({ ...prompt, echo: true, logprobs: 2 })
  const { text, logprobs } = answer.choices[0] ?? {}
  expect(text).toStartWith(prompt.prompt)
  expect(logprobs?.tokens?.join('')).toBe(text ?? '')
  expect(logprobs?.token_logprobs?.[0]).toBeNull()
  expect(logprobs?.token_logprobs?.slice(1).every((chance) => chance <= 0)).toBe(true)
  expect(logprobs?.text_offset?.[0]).toBe(0)
  expect(logprobs?.top_logprobs).toHaveLength(logprobs?.tokens?.length ?? 0)
})

test('scores a text without writing one', async () => {
  const answer = await client.completions.create({ ...prompt, max_tokens: 0, echo: true, logprobs: 0 })
  expect(answer.choices[0]?.text).toBe(prompt.prompt)
  expect(answer.usage?.completion_tokens ?? 0).toBe(0)
})

test('takes token ids and several prompts', async () => {
  const answer = await client.completions.create({
    ...prompt,
    prompt: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    n: 2,
    temperature: 1,
    seed: 3,
  })
  expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3])
})

test('picks the best of several', async () => {
  const answer = await client.completions.create({ ...prompt, temperature: 1, seed: 5, best_of: 3 })
  expect(answer.choices).toHaveLength(1)
  expect(answer.usage?.completion_tokens).toBe(24)
})

test('refuses to fill a gap with a model that was not trained to', async () => {
  const error = await client.completions.create({ ...prompt, suffix: ' the end.' }).catch((caught) => caught)
  expect(error).toBeInstanceOf(OpenAI.BadRequestError)
  expect(error.param).toBe('suffix')
})

test.each(['float', 'base64'] as const)('embeds as %s, and near meanings lie near', async (encoding_format) => {
  const answer = await client.embeddings.create({ model: embeddingModel, input: [...sentences], encoding_format })
  const vectors = answer.data.map((row) => row.embedding as number[] | string)
  expectLikeness(vectors.map(readVector))
})

test('embeds in fewer dimensions, of length 1 again', async () => {
  const answer = await client.embeddings.create({ model: embeddingModel, input: [...sentences], dimensions: 64 })
  for (const { embedding } of answer.data) {
    expect(embedding).toHaveLength(64)
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 3)
  }
})

function readVector(vector: number[] | string): number[] {
  if (typeof vector !== 'string') return vector
  const bytes = Uint8Array.from(Buffer.from(vector, 'base64'))
  return [...new Float32Array(bytes.buffer)]
}
