import { expect, test } from 'bun:test'
import type OpenAI from 'openai'
import { z } from 'zod'
import { cold } from '../clients/questions.ts'

/** What is asked of a real server behind Hearth, with OpenAI's own client. */
export interface RealCases {
  /** Called within tests, when the servers run. */
  client(): OpenAI
  /** As the client names it. */
  readonly model: string
  readonly embeddingModel?: string
  /** Where another server embeds. Default: `client`. */
  embeddingClient?(): OpenAI
  readonly hasResponses?: boolean
  readonly hasTools?: boolean
}

const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }]

/** The same cases for each server: only the form of an answer counts. */
export function realCases(cases: RealCases): void {
  const { client, model, embeddingModel, embeddingClient = client, hasResponses = true, hasTools = true } = cases
  const ask = { model, messages, temperature: 0, max_tokens: 12 }

  test('a conversation is answered whole and as a stream, with its usage', async () => {
    const { data: whole, response } = await client().chat.completions.create(ask).withResponse()
    expect(whole.choices[0]?.message.content).toBeTruthy()
    expect(whole.usage?.completion_tokens).toBeGreaterThan(0)
    expect(response.headers.get('x-hearth-provider')).toBeTruthy()
    const usage = { stream_options: { include_usage: true } }
    const chunks = await Array.fromAsync(await client().chat.completions.create({ ...ask, stream: true, ...usage }))
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBeTruthy()
    expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0)
    const plain = await Array.fromAsync(await client().chat.completions.create({ ...ask, stream: true }))
    expect(plain.some((chunk) => chunk.choices.length === 0)).toBe(false)
  })

  test('an answer keeps to a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: { big: { type: 'boolean' } },
      required: ['big'],
      additionalProperties: false,
    }
    const answer = await client().chat.completions.create({
      ...ask,
      max_tokens: 40,
      response_format: { type: 'json_schema', json_schema: { name: 'size', schema, strict: true } },
    })
    const parsed = z.object({ big: z.boolean() }).parse(JSON.parse(answer.choices[0]?.message.content ?? ''))
    expect(Object.keys(parsed)).toEqual(['big'])
  })

  test.if(hasTools)('a tool is called', async () => {
    const parameters = { type: 'object', properties: { room: { enum: ['kitchen', 'bath'] } }, required: ['room'] }
    const answer = await client().chat.completions.create({
      ...ask,
      max_tokens: 80,
      messages: [{ role: 'user', content: cold }],
      tools: [{ type: 'function', function: { name: 'heat', description: 'Heats a room.', parameters } }],
      tool_choice: 'required',
    })
    const [call] = answer.choices[0]?.message.tool_calls ?? []
    expect(call?.type === 'function' && call.function.name).toBe('heat')
  })

  test('a client that leaves ends the stream, and the next one is served', async () => {
    const leaving = new AbortController()
    const stream = await client().chat.completions.create(
      { ...ask, max_tokens: 2000, stream: true },
      { signal: leaving.signal },
    )
    for await (const _ of stream) {
      leaving.abort()
      break
    }
    expect((await client().chat.completions.create(ask)).choices).toHaveLength(1)
  })

  test.if(embeddingModel !== undefined)('texts are embedded', async () => {
    const { data } = await embeddingClient().embeddings.create({
      model: embeddingModel ?? '',
      input: ['a cat', 'a dog'],
    })
    expect(data.map(({ embedding }) => embedding.length)).toEqual([384, 384])
  })

  test.if(hasResponses)('a response is made whole and as a stream', async () => {
    const send = { model, input: 'What is the capital of France?', max_output_tokens: 16, store: false }
    const whole = await client().responses.create(send)
    expect(whole.object).toBe('response')
    const events = await Array.fromAsync(await client().responses.create({ ...send, stream: true }))
    expect(['response.completed', 'response.incomplete']).toContain(String(events.at(-1)?.type))
  })

  test('models are listed', async () => {
    const ids = (await Array.fromAsync(client().models.list())).map(({ id }) => id)
    expect(ids.some((id) => id.endsWith(model))).toBe(true)
  })
}
