import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  APICallError,
  embed,
  embedMany,
  generateObject,
  generateText,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
} from 'ai'
import { z } from 'zod'
import { cosine, expectLikeness, sentences } from '../expect-answers.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { City, chatModel, cold, embeddingModel, Heating } from './questions.ts'

let server: Hearth

beforeAll(async () => {
  server = await startHearth()
})
afterAll(() => server?.stop())

const compatible = () =>
  createOpenAICompatible({
    name: 'hearth',
    baseURL: `${server.url}/v1`,
    includeUsage: true,
    supportsStructuredOutputs: true,
  })
const openai = () => createOpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none' })

/** The ways of Vercel's AI SDK to a server of the OpenAI API. */
const ways: Readonly<Record<string, (name: string) => LanguageModel>> = {
  'openai-compatible': (name) => compatible().chatModel(name),
  'openai, chat': (name) => openai().chat(name),
  'openai, responses': (name) => openai().responses(name),
}

describe.each(Object.keys(ways))('through %s', (way) => {
  const call = (maxOutputTokens: number) => ({
    model: ways[way]?.(chatModel) ?? '',
    temperature: 0,
    maxOutputTokens,
    maxRetries: 0,
  })

  test('streams the same text and the same usage as it generates whole', async () => {
    const question = { ...call(16), system: 'Answer in few words.', prompt: 'What is the capital of France?' }
    const whole = await generateText(question)
    const streamed = streamText(question)
    const pieces = await Array.fromAsync(streamed.textStream)
    expect(whole.text.trim()).not.toBe('')
    expect(pieces.join('')).toBe(whole.text)
    expect(await streamed.finishReason).toBe(whole.finishReason)
    expect((await streamed.usage).outputTokens).toBe(whole.usage.outputTokens ?? -1)
    expect(whole.usage.outputTokens).toBeGreaterThan(0)
    expect(whole.warnings ?? []).toEqual([])
  })

  test('generates an object of a zod schema, streamed too', async () => {
    const question = { ...call(120), prompt: 'Describe a city.' }
    const old = await generateObject({ ...question, schema: City })
    const whole = await generateText({ ...question, output: Output.object({ schema: City }) })
    const streamed = streamText({ ...question, output: Output.object({ schema: City }) })
    const partials = await Array.fromAsync(streamed.partialOutputStream)
    expect(City.parse(whole.output)).toEqual(old.object)
    expect(await streamed.output).toEqual(whole.output)
    expect(partials.at(-1)).toEqual(whole.output)
    expect(whole.finishReason).toBe('stop')
  })

  test('chooses one of several words', async () => {
    const output = Output.choice({ options: ['sunny', 'rainy', 'snowy'] })
    const answer = await generateText({ ...call(40), prompt: 'How is the weather?', output })
    expect(['sunny', 'rainy', 'snowy']).toContain(answer.output)
  })

  test('runs a tool in one step and answers in the next', async () => {
    const run: z.infer<typeof Heating>[] = []
    const set_heating = tool({
      description: 'Sets the heating of a room.',
      inputSchema: Heating,
      execute: async (heating) => {
        run.push(heating)
        return 'done'
      },
    })
    const answer = await generateText({
      ...call(120),
      prompt: cold,
      tools: { set_heating },
      stopWhen: stepCountIs(2),
      prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? 'required' : 'none' }),
    })
    expect(answer.steps.map(({ finishReason }) => finishReason)[0]).toBe('tool-calls')
    expect(answer.steps).toHaveLength(2)
    expect(run.length).toBeGreaterThan(0)
    for (const heating of run) Heating.parse(heating)
    expect(answer.text.trim()).not.toBe('')
  })

  test('streams the input of a call, piece by piece', async () => {
    const set_heating = tool({ description: 'Sets the heating.', inputSchema: Heating, outputSchema: z.string() })
    const question = { ...call(120), prompt: cold, tools: { set_heating }, toolChoice: 'required' as const }
    const whole = await generateText(question)
    const streamed = streamText(question)
    const inputs = new Map<string, string>()
    for await (const part of streamed.fullStream)
      if (part.type === 'tool-input-delta') inputs.set(part.id, (inputs.get(part.id) ?? '') + part.delta)
    const calls = await streamed.toolCalls
    expect(calls.map(({ input }) => input)).toEqual(whole.toolCalls.map(({ input }) => input))
    expect([...inputs.values()].map((text) => JSON.parse(text))).toEqual(calls.map(({ input }) => input))
  })

  test('an unknown model is an error with its status', async () => {
    const error = await generateText({ ...call(4), model: ways[way]?.('absent') ?? '', prompt: 'Hi' }).catch((e) => e)
    expect(APICallError.isInstance(error)).toBe(true)
    expect(error.statusCode).toBe(404)
  })
})

test.each(['openai-compatible', 'openai'])('embeds one text and many through %s', async (way) => {
  const model = way === 'openai' ? openai().embeddingModel(embeddingModel) : compatible().embeddingModel(embeddingModel)
  const { embeddings, usage } = await embedMany({ model, values: [...sentences] })
  const { embedding } = await embed({ model, value: sentences[0] })
  expectLikeness(embeddings)
  expect(cosine(embedding, embeddings[0] ?? [])).toBeCloseTo(1, 3)
  expect(usage.tokens).toBeGreaterThan(15)
})

test('completes a text through openai-compatible', async () => {
  const answer = await generateText({
    model: compatible().completionModel(chatModel),
    prompt: 'Once upon a time',
    temperature: 0,
    maxOutputTokens: 8,
  })
  expect(answer.text.trim()).not.toBe('')
})
